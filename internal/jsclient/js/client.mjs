// A person's client on matrix-js-sdk, the engine of Element, driven over standard input and output:
// each line is a JSON object. Commands are {"id": 1, "do": "say", ...}, answers {"id": 1, "ok": ...}
// or {"id": 1, "error": "..."}; what the client sees comes as {"event": {...}}.
import { createInterface } from "node:readline";

const write = (o) => process.stdout.write(JSON.stringify(o) + "\n");
for (const level of ["log", "info", "debug", "warn", "trace"]) console[level] = () => {};
const sdk = await import("matrix-js-sdk");
const { logger } = await import("matrix-js-sdk/lib/logger.js");
logger.setLevel?.("silent", false);

let client;
const seen = new Map(); // event ID → what was told about it

async function tell(ev) {
  if (!ev.getId() || ev.isState() && ev.getType() !== "m.room.member") return;
  await client.decryptEventIfNeeded(ev).catch(() => {});
  const relation = ev.getWireContent()["m.relates_to"] ?? ev.getContent()["m.relates_to"] ?? {};
  const info = ev.isEncrypted() ? await client.getCrypto().getEncryptionInfoForEvent(ev) : null;
  const content = ev.getContent();
  const out = {
    id: ev.getId(), room: ev.getRoomId(), sender: ev.getSender(), type: ev.getType(),
    text: content["m.new_content"]?.body ?? content.body ?? "",
    html: content.formatted_body ?? "",
    thread: relation.rel_type === "m.thread" ? relation.event_id : "",
    target: ["m.replace", "m.annotation"].includes(relation.rel_type) ? relation.event_id : ev.getAssociatedId() ?? "",
    key: relation.key ?? "",
    edit: relation.rel_type === "m.replace",
    encrypted: ev.isEncrypted(),
    failed: ev.isDecryptionFailure(),
    shield: info?.shieldColour ?? 0,
  };
  const line = JSON.stringify(out);
  if (seen.get(out.id) === line) return;
  seen.set(out.id, line);
  write({ event: out });
}

const commands = {
  async open({ url, user, password }) {
    const login = await sdk.createClient({ baseUrl: url }).loginRequest({
      type: "m.login.password", identifier: { type: "m.id.user", user }, password,
    });
    let secret;
    client = sdk.createClient({
      baseUrl: url, userId: login.user_id, deviceId: login.device_id, accessToken: login.access_token,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], secret],
        cacheSecretStorageKey: (_id, _info, key) => { secret = key; },
      },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const crypto = client.getCrypto();
    await crypto.bootstrapSecretStorage({
      createSecretStorageKey: async () => {
        const key = await crypto.createRecoveryKeyFromPassphrase();
        secret = key.privateKey;
        return key;
      },
    });
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: (request) =>
        request({ type: "m.login.password", identifier: { type: "m.id.user", user }, password }),
    });
    client.on("event", (ev) => { tell(ev).catch((err) => write({ event: { type: "error", text: String(err) } })); });
    client.on("Event.decrypted", (ev) => { tell(ev).catch(() => {}); });
    const synced = new Promise((resolve) => client.on("sync", (state) => state === "PREPARED" && resolve()));
    await client.startClient({ initialSyncLimit: 50, threadSupport: true });
    await synced;
    return login.user_id;
  },
  async create({ direct, encrypted, version, invite }) {
    const made = await client.createRoom({
      preset: direct ? "trusted_private_chat" : "private_chat", is_direct: direct, invite, room_version: version || undefined,
      initial_state: encrypted
        ? [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }] : [],
    });
    return made.room_id;
  },
  // say sends text; with a thread as Element does in its thread panel.
  async say({ room, text, thread, mention }) {
    const content = { msgtype: "m.text", body: text, "m.mentions": mention ? { user_ids: [mention] } : {} };
    return (await client.sendMessage(room, thread || null, content)).event_id;
  },
  async react({ room, target, key }) {
    return (await client.sendEvent(room, "m.reaction", {
      "m.relates_to": { rel_type: "m.annotation", event_id: target, key },
    })).event_id;
  },
  // thread returns what the SDK's own model of the thread holds: the IDs of its events.
  async thread({ room, root }) {
    const thread = client.getRoom(room)?.getThread(root);
    return thread ? thread.events.map((ev) => ev.getId()) : [];
  },
  async trust({ user, device }) {
    await client.getCrypto().getUserDeviceInfo([user], true);
    const status = await client.getCrypto().getDeviceVerificationStatus(user, device);
    return status ? status.signedByOwner : false;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    write({ id: command.id, ok: await commands[command.do](command) ?? null });
  } catch (err) {
    write({ id: command.id, error: String(err?.stack ?? err) });
  }
}
process.exit(0);
