export const NOTICES = {
  title: "Notices",
  acknowledge: "I have read it",
  acknowledgeOf: (words: string) => `I have read it: ${words}`,
  /** Several are open, and only the first ones are listed. */
  more: (listed: number, open: number) => `The first ${listed} of ${open.toLocaleString("en-US")} are shown.`,
  waiting: (n: number) => (n === 1 ? "1 notice" : `${n.toLocaleString("en-US")} notices`),
  level: { info: "For your information", warning: "Look at this", alarm: "Needs a person now" },
} as const;
