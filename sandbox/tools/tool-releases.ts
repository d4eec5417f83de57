/** What projects publish of the tools: which file, with which checksum, and what of it is kept. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { BuiltToolName } from "./tool";
import { HELM, KUBERNETES, KWOK, PROVIDER, PULUMI, RANDOM } from "./tool-versions";

/** What is downloaded where it is published. The last two are no tools that anything builds. */
export type ReleasedName = BuiltToolName | "pulumi-resource-random" | "kwok-stages";

/** Platform as the projects name it. */
interface Platform {
  readonly os: string;
  readonly cpu: string;
}

interface Release {
  /** What is published, which may be another version than the one that is built. */
  readonly version: string;
  readonly url: (platform: Platform) => string;
  /** Files to keep, by their paths in the archive, the tool itself first; none: the file is the tool. */
  readonly members?: (platform: Platform) => readonly string[];
}

/** One file that can be downloaded, and is checked. */
export interface ReleaseFile {
  readonly name: ReleasedName;
  readonly version: string;
  readonly url: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly sha256: string;
  /** Files to keep, by their paths in the archive; empty when the file is the tool. */
  readonly members: readonly string[];
}

/** By address, so that a checksum can belong to one file only. */
export type Checksums = Readonly<Record<string, string>>;

/** Where the checksums are. `npm run tools:checksums` adds what is missing. */
export const CHECKSUMS_FILE = path.join(__dirname, "checksums.json");

/** The newest whose checksums have been published; the line is the one that is built. */
const ETCD = "3.6.14";

function kubernetes(name: string): Release {
  const folder = `https://dl.k8s.io/release/v${KUBERNETES}/bin`;
  return { version: KUBERNETES, url: ({ os, cpu }) => `${folder}/${os}/${cpu}/${name}` };
}

function pulumiPlugin(name: string, version: string): Release {
  const folder = "https://api.pulumi.com/releases/plugins";
  return {
    version,
    url: ({ os, cpu }) => `${folder}/${name}-v${version}-${os}-${cpu}.tar.gz`,
    members: () => [name],
  };
}

const kwokFolder = `https://github.com/kubernetes-sigs/kwok/releases/download/v${KWOK}`;

/** Of Kubernetes' servers there is nothing for macOS, and of etcd only an archive of another kind. */
const RELEASES: Readonly<Partial<Record<ReleasedName, Release>>> = {
  etcd: {
    version: ETCD,
    url: ({ os, cpu }) =>
      `https://github.com/etcd-io/etcd/releases/download/v${ETCD}/etcd-v${ETCD}-${os}-${cpu}.tar.gz`,
    members: ({ os, cpu }) => [`etcd-v${ETCD}-${os}-${cpu}/etcd`],
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kubectl: kubernetes("kubectl"),
  kwok: { version: KWOK, url: ({ os, cpu }) => `${kwokFolder}/kwok-${os}-${cpu}` },
  // The five of KWOK_STAGES in one file.
  "kwok-stages": { version: KWOK, url: () => `${kwokFolder}/stage-fast.yaml` },
  pulumi: {
    version: PULUMI,
    url: ({ os, cpu }) =>
      `https://github.com/pulumi/pulumi/releases/download/v${PULUMI}/pulumi-v${PULUMI}-${os}-${cpu === "amd64" ? "x64" : cpu}.tar.gz`,
    // The CLI finds a language host that is beside it.
    members: () => ["pulumi/pulumi", "pulumi/pulumi-language-nodejs"],
  },
  "pulumi-resource-kubernetes": pulumiPlugin("pulumi-resource-kubernetes", PROVIDER),
  "pulumi-resource-random": pulumiPlugin("pulumi-resource-random", RANDOM),
  helm: {
    version: HELM,
    url: ({ os, cpu }) => `https://get.helm.sh/helm-v${HELM}-${os}-${cpu}.tar.gz`,
    members: ({ os, cpu }) => [`${os}-${cpu}/helm`],
  },
};

const CPUS: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: "amd64",
  arm64: "arm64",
};

/** Platforms that files are published for, as Node names them. */
const PLATFORMS = (["linux", "darwin"] as const).flatMap((os) =>
  (["x64", "arm64"] as const).map((arch) => ({ os, arch })),
);

/** Every address in the table, with or without a checksum. */
export function releaseUrls(): string[] {
  const urls = PLATFORMS.flatMap(({ os, arch }) =>
    Object.values(RELEASES).map(({ url }) => url({ os, cpu: CPUS[arch] ?? arch })),
  );
  return [...new Set(urls)];
}

/** The checksums that are committed. */
export function committedChecksums(): Checksums {
  return JSON.parse(readFileSync(CHECKSUMS_FILE, "utf8")) as Checksums;
}

/** The file for this machine; undefined where none is published, or no checksum of it is known. */
export function releaseFile(
  name: ReleasedName,
  checksums: Checksums = committedChecksums(),
  { os, arch }: { os: string; arch: NodeJS.Architecture } = {
    os: process.platform,
    arch: process.arch,
  },
): ReleaseFile | undefined {
  const release = RELEASES[name];
  const cpu = CPUS[arch];
  if (release === undefined || cpu === undefined) return undefined;
  const url = release.url({ os, cpu });
  const sha256 = checksums[url];
  if (sha256 === undefined) return undefined;
  const { version, members } = release;
  return { name, version, url, sha256, members: members?.({ os, cpu }) ?? [] };
}

/** Where a downloaded file's tool is in the cache: named after the checksum, as a build after its sources. */
export function downloadedPath(
  { name, version, sha256, members }: ReleaseFile,
  cacheDir: string,
): string {
  const folder = path.join(cacheDir, `${name}-${version}-${sha256.slice(0, 12)}`);
  return path.join(folder, path.basename(members[0] ?? name));
}
