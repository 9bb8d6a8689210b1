/** Words of signing in, out, and setting up. */
export const THEME = { label: "Colours", system: "System", light: "Light", dark: "Dark" } as const;

export const ACCOUNT = {
  product: "Chaverim ALPR",
  signInTitle: "Sign in",
  signInText: "For operators, viewers and administrators of the community watch.",
  siteSignInText: "For the people of this site. An installer adds people and sets a new PIN.",
  email: "Email",
  password: "Password",
  person: "Your name",
  pin: "PIN",
  triesLeft: (n: number) =>
    n === 0 ? "It is locked for 15 minutes now." : n === 1 ? "One try is left, then it is locked for 15 minutes." : `${n} tries are left.`,
  pinHint: "6 digits or more",
  signIn: "Sign in",
  signingIn: "Signing in…",
  signOut: "Sign out",
  setUpTitle: "Set up the first administrator",
  setUpText: "This link works once and for 30 minutes. Nobody else can use it after you.",
  setUpName: "Your name",
  setUpAction: "Create administrator",
  setUpNoToken: "This link is not complete. Copy the whole address from the console of the central server.",
  setUpDone: "You are the administrator now.",
  passwordHint: "12 characters or more. A sentence is good.",
} as const;

export const ROLE_WORDS = { admin: "Administrator", operator: "Operator", viewer: "Viewer" } as const;
