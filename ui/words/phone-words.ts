/** Words of the site's page about the phone it is on. */
import type { Awake } from "../edge/keep-awake.ts";

const AWAKE: Readonly<Record<Awake, string>> = {
  "wake-lock": "Stays on while this page is in front.",
  video: "Stays on while this page is in front.",
  "after-a-tap": "Stays on after your first tap on this page.",
  cannot: "This phone turns it off as set. In the phone's settings, choose a longer time before the screen goes dark.",
};

export const PHONE = {
  title: "On this phone",
  screen: "Screen",
  awake: AWAKE,
  homeScreen: "Put it on the home screen",
  homeScreenApple: "iPhone: the share button in Safari, then “Add to Home Screen”.",
  homeScreenAndroid: "Android: the ⋮ menu in Chrome, then “Add to Home screen”.",
  plain: "This page comes over plain http",
  plainText:
    "Everything works. Someone on the same network could listen in, so use the site's own Wi-Fi. With HTTPS nobody can, and the screen stays on without a tap. An installer adds a certificate to the Pi.",
} as const;
