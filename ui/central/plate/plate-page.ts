export function PlatePage() {
  return null;
}
