/** The object store, as one process. */
import { freePort } from "../../lib/process/free-port";
import { startReverseProxy } from "../network/reverse-proxy";
import { Program } from "../processes/program";
import { askText, httpHop } from "../query/ask";
import { at, type Disk } from "./context";

/** The S3 server: gofakes3, a stand-in for the bundled MinIO. */
export interface ObjectStore {
  readonly program: Program;
  /** `127.0.0.1:port`, where requests need the access key. */
  readonly address: string;
  /**
   * Keys of the objects in a bucket.
   *
   * @throws HopError when there is no such bucket
   */
  readonly objects: (bucket: string) => Promise<string[]>;
  /** What is in an object. */
  readonly read: (bucket: string, key: string) => Promise<Buffer<ArrayBuffer>>;
  /** Makes an object, or replaces it. */
  readonly write: (bucket: string, key: string, content: Buffer<ArrayBuffer>) => Promise<void>;
  /** Takes this access key from now on, and no other: as MinIO does when it restarts with another. */
  readonly accept: (accessKeyId: string) => void;
  /** Whether it takes nothing more from now on: with the answer that MinIO has when its disk is full. */
  readonly fill: (isFull: boolean) => void;
  /** Ends it, and what checks the keys in front of it. */
  readonly stop: () => Promise<void>;
}

const accessDenied =
  '<?xml version="1.0"?><Error><Code>InvalidAccessKeyId</Code><Message>not the key of the generated Secret</Message></Error>';

const full =
  '<?xml version="1.0"?><Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum free drive threshold.</Message></Error>';

/**
 * Starts the object store with empty buckets. It does not check keys itself, so that the access key
 * id of each request is checked in front of it: a configuration that does not carry the generated one
 * fails here as it would with MinIO. Signatures are not checked.
 *
 * @throws HopError when it does not start
 */
export async function startObjectStore(
  binary: string,
  disk: Disk,
  accessKeyIds: readonly string[],
  buckets: readonly string[],
): Promise<ObjectStore> {
  const address = at(await freePort());
  const url = `http://${address}`;
  const program = new Program({
    name: "the object store (gofakes3)",
    binary,
    args: ["-address", address, "-file", `${disk.data}/objects`, "-buckets", buckets.join(",")],
    data: disk.data,
    ready: `${url}/`,
  });
  await program.start();
  let accepted = accessKeyIds;
  let isFull = false;
  const guard = await startReverseProxy(address, ({ method, path, headers }) => {
    const { authorization = "" } = headers;
    if (!accepted.some((key) => authorization.includes(`Credential=${key}/`)))
      return { status: 403, body: accessDenied };
    const writes = method === "PUT" || (method === "POST" && !path.includes("?delete"));
    return isFull && writes ? { status: 507, body: full } : { path, headers };
  });
  return {
    program,
    address: guard.address,
    objects: async (bucket) => objectKeys(program, url, bucket),
    read: async (bucket, key) =>
      Buffer.from(await (await answered(`${url}/${bucket}/${key}`, {})).arrayBuffer()),
    write: async (bucket, key, body) => {
      await answered(`${url}/${bucket}/${key}`, { method: "PUT", body });
    },
    accept: (key) => {
      accepted = [key];
    },
    fill: (to) => {
      isFull = to;
    },
    stop: async () => {
      await guard.close();
      await program.stop();
    },
  };
}

/** @throws Error when the answer is not that it went well */
async function answered(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url}: ${String(response.status)} ${await response.text()}`);
  return response;
}

async function objectKeys(program: Program, url: string, bucket: string): Promise<string[]> {
  const hop = httpHop(program, url);
  const keys: string[] = [];
  for (let token: string | undefined; ;) {
    const query = { "list-type": 2, "continuation-token": token };
    const page = await askText(hop, `/${bucket}`, { query });
    keys.push(...Array.from(page.matchAll(/<Key>([^<]*)<\/Key>/g), ([, key = ""]) => key));
    token = /<NextContinuationToken>([^<]*)</.exec(page)?.[1];
    if (token === undefined) return keys;
  }
}
