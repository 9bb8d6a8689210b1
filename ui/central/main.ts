/** Start of the dashboard. */
import "../style/tokens.css";
import "../style/base.css";
import "../style/parts.css";
import "./shell/shell.css";
// Last, so that a utility in a template wins over the part it stands on.
import "virtual:uno.css";
import { render } from "preact";
import { LocationProvider } from "preact-iso";
import { startClock } from "../data/clock.ts";
import { setImageBase } from "../data/image-address.ts";
import { followTheme } from "../data/theme.ts";
import { html } from "../html.ts";
import { askWhoIsSignedIn } from "./session-state.ts";
import { Dashboard } from "./shell/dashboard.ts";

followTheme();
startClock();
setImageBase("/api/v1/images/");
render(html`<${LocationProvider}><${Dashboard} /><//>`, document.getElementById("page")!);
void askWhoIsSignedIn();
