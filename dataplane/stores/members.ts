/** A store as several processes, each in the place of a pod. */
import type { Among } from "../config/among";
import { podAddress } from "../network/loopback";
import { Program, type ProgramSettings } from "../processes/program";
import { httpHop, type HttpHop } from "../query/ask";
import { type Disk, diskOf } from "./context";

/** What a process does: takes data, holds it, or answers queries. */
export type Role = "distributor" | "ingester" | "querier" | "read";

/** One of the processes. */
export interface Member extends Among {
  readonly role: Role;
  readonly program: Program;
  /** Folder in the place of its volume. */
  readonly data: string;
  /** Its HTTP interface. */
  readonly hop: HttpHop;
}

export interface MembersArgs {
  /** Such as `Tempo`. */
  readonly store: string;
  readonly binary: string;
  /** Folder of the store's own. */
  readonly folder: string;
  /** Port of HTTP, as the chart has it. */
  readonly httpPort: number;
  /** Sent with every question, such as the tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many of each; one of them is `read`. */
  readonly roles: Partial<Readonly<Record<Role, number>>>;
  /** How one of them is called. */
  readonly settings: (
    role: Role,
    among: Among,
    disk: Disk,
  ) => Pick<ProgramSettings, "args" | "env">;
}

/** Why there can be no several processes here; undefined when there can. */
export function noMembers(): string | undefined {
  return process.platform === "linux"
    ? undefined
    : "several processes of a store need Linux, where each has an address of its own for the same ports";
}

/** The processes of a store, not started. */
export function membersOf(args: MembersArgs): readonly Member[] {
  const { store, binary, folder, httpPort, headers, roles, settings } = args;
  const places = Object.entries(roles).flatMap(([role, count]) =>
    Array.from({ length: count }, (_, index) => ({
      role: role as Role,
      name: `${store.toLowerCase()}-${role}-${String(index)}`,
      host: podAddress(),
    })),
  );
  const frontend = places.find(({ role }) => role === "read")?.host;
  if (frontend === undefined) throw new Error(`nobody answers queries of ${store}`);
  const members = places.map(({ host }) => host);
  return places.map(({ role, name, host }) => {
    const among = { name, host, members, frontend };
    const disk = diskOf(folder, name);
    const url = `http://${host}:${String(httpPort)}`;
    const program = new Program({
      name: `${store}'s ${name}`,
      binary,
      ...settings(role, among, disk),
      data: disk.data,
      ready: `${url}/ready`,
      // Several start at once, and look for each other.
      readyTimeoutMs: 90_000,
    });
    return { ...among, role, program, data: disk.data, hop: httpHop(program, url, headers) };
  });
}

/** Those of one kind. */
export function ofRole(members: readonly Member[], role: Role): readonly Member[] {
  return members.filter((member) => member.role === role);
}

/**
 * The only one of its kind.
 *
 * @throws Error when there is none
 */
export function oneOf(members: readonly Member[], role: Role): Member {
  const [member] = ofRole(members, role);
  if (member === undefined) throw new Error(`no ${role} runs`);
  return member;
}

/**
 * Starts them at once, as a cluster does.
 *
 * @throws HopError of the first that does not start, when all have been tried
 */
export async function startMembers(members: readonly Member[]): Promise<void> {
  const results = await Promise.allSettled(members.map(async ({ program }) => program.start()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
