/** What a reference to a container image says, as the container runtimes read it. */

/** A reference to a container image, taken apart. */
export interface ImageReference {
  /** Registry, such as `docker.io` or `mirror.example:5000`. */
  readonly registry: string;
  /** Repository in that registry, such as `library/memcached`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits; where there is one, the tag says nothing. */
  readonly digest: string | undefined;
}

export const dockerHub = "docker.io";

const pattern =
  /^(?<name>[a-zA-Z0-9][a-zA-Z0-9._:/-]*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** Whether the first part of a name is a registry: else the name is one of Docker Hub. */
function isRegistry(part: string): boolean {
  return part === "localhost" || /[.:]/.test(part);
}

/** The registry that a reference names, and the rest of it; the registry is undefined for Docker Hub's short names. */
export function splitRegistry(
  image: string,
): readonly [registry: string | undefined, rest: string] {
  const slash = image.indexOf("/");
  const first = image.slice(0, slash);
  return slash > 0 && isRegistry(first) ? [first, image.slice(slash + 1)] : [undefined, image];
}

/** Takes a reference apart, with Docker Hub's short names in full; undefined when it is none. */
export function parseImage(image: string): ImageReference | undefined {
  const found = pattern.exec(image)?.groups;
  if (found === undefined) return undefined;
  const { name = "", tag, digest } = found;
  const [registry = dockerHub, rest] = splitRegistry(name);
  if (!/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(rest)) return undefined;
  const hub = registry === dockerHub || registry === "index.docker.io";
  return {
    registry: hub ? dockerHub : registry,
    repository: hub && !rest.includes("/") ? `library/${rest}` : rest,
    tag: tag ?? (digest === undefined ? "latest" : undefined),
    digest,
  };
}

/** What stays the same whoever writes a reference: the runtimes list images by it. */
export function canonicalImage({ registry, repository, tag, digest }: ImageReference): string {
  const version = digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`;
  return `${registry}/${repository}${version}`;
}
