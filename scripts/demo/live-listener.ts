import WebSocket from "ws";

/** Everything that a program's live WebSocket has pushed, with the moment it arrived. */
export interface LiveListener<Message> {
  readonly messages: readonly { readonly atMs: number; readonly message: Message }[];
  readonly close: () => void;
}

/** Connects and resolves once the socket is open. `headers` carry the cookie or the local token. */
export async function listenLive<Message>(url: string, headers: Record<string, string>): Promise<LiveListener<Message>> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers, perMessageDeflate: false });
  const messages: { atMs: number; message: Message }[] = [];
  socket.on("message", (data) => messages.push({ atMs: Date.now(), message: JSON.parse(String(data)) as Message }));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => reject(new Error(`${url} answered ${response.statusCode}`)));
  });
  socket.on("error", () => socket.terminate());
  return { messages, close: () => socket.terminate() };
}
