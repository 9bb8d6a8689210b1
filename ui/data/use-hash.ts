/** The part of the address behind #, as state: preact-iso follows path and query only. */
import { useLocation } from "preact-iso";
import { useEffect, useState } from "../html.ts";

/** The current text after #, kept up to date on links, back and forward. */
export function useHash(): string {
  useLocation();
  const [, redraw] = useState(0);
  useEffect(() => {
    const onChange = () => redraw((n) => n + 1);
    addEventListener("hashchange", onChange);
    addEventListener("popstate", onChange);
    return () => {
      removeEventListener("hashchange", onChange);
      removeEventListener("popstate", onChange);
    };
  }, []);
  return location.hash;
}
