/** Start of the site's page: everything it needs comes from the Pi. */
import "../style/tokens.css";
import "../style/base.css";
import "../style/parts.css";
import "./shell/site.css";
// Last, so that a utility in a template wins over the part it stands on.
import "virtual:uno.css";
import { render } from "preact";
import { startClock } from "../data/clock.ts";
import { setImageBase } from "../data/image-address.ts";
import { followTheme } from "../data/theme.ts";
import { html } from "../html.ts";
import { SitePage } from "./shell/site-page.ts";
import { askSite } from "./site-session.ts";

followTheme();
startClock();
setImageBase("/api/images/");
render(html`<${SitePage} />`, document.getElementById("page")!);
void askSite();
