/** htm bound to preact's `h`, once, for both pages. Parts import the template tag and the hooks from here. */
export type { ComponentChildren, VNode } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import htm from "htm";
import { h, type VNode } from "preact";

type Bind = { bind(create: typeof h): (strings: TemplateStringsArray, ...values: unknown[]) => VNode };

// htm's types describe a CommonJS default export, its browser build has a plain one; both are the same function.
export const html = (htm as unknown as Bind).bind(h);

/** What an event handler in a template gets: the element it was set on is known to the one who wrote the template. */
export type InputEventOf<Target extends EventTarget = HTMLInputElement> = Event & { currentTarget: Target };
