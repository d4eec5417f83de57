/**
 * The Pod Security Standards, as the admission controller of Kubernetes checks them
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), for Linux pods.
 */
import { type Container, containersOf, type PodSpec, type SecurityContext } from "./pods";

/** Levels that a namespace can enforce, from open to closed. */
export const levels = ["privileged", "baseline", "restricted"] as const;
export type Level = (typeof levels)[number];

const baselineCapabilities = new Set(
  `AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP
  SETUID SYS_CHROOT`.split(/\s+/),
);

const baselineSysctls = new Set(
  `kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports
  net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range net.ipv4.tcp_fin_timeout
  net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time
  net.ipv4.tcp_rmem net.ipv4.tcp_syncookies net.ipv4.tcp_wmem`.split(/\s+/),
);

const seLinuxTypes = [
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
];

const restrictedVolumes = new Set(
  "configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret".split(" "),
);

type Check = readonly [wrong: boolean, what: string];

function said(checks: readonly Check[]): string[] {
  return checks.flatMap(([wrong, what]) => (wrong ? [what] : []));
}

/** What baseline forbids in the context of a pod or a container. */
function baselineContext(context: SecurityContext | undefined): Check[] {
  const { seLinuxOptions: seLinux } = context ?? {};
  return [
    [context?.seccompProfile?.type === "Unconfined", "seccompProfile is Unconfined"],
    [context?.appArmorProfile?.type === "Unconfined", "appArmorProfile is Unconfined"],
    [!seLinuxTypes.includes(seLinux?.type ?? ""), "seLinuxOptions.type is not a container's"],
    [(seLinux?.user ?? seLinux?.role ?? "") !== "", "seLinuxOptions sets user or role"],
  ];
}

function baselineContainer({ name, ports = [], securityContext: context }: Container): string[] {
  const added = (context?.capabilities?.add ?? []).filter((one) => !baselineCapabilities.has(one));
  return said([
    ...baselineContext(context),
    [context?.privileged === true, "is privileged"],
    [added.length > 0, `adds capabilities ${added.join(", ")}`],
    [(context?.procMount ?? "Default") !== "Default", "sets procMount"],
    [ports.some(({ hostPort = 0 }) => hostPort !== 0), "takes a port of the node (hostPort)"],
  ]).map((what) => `container ${name} ${what}`);
}

function baseline(pod: PodSpec): string[] {
  const context = pod.securityContext;
  const sysctls = (context?.sysctls ?? []).filter(({ name }) => !baselineSysctls.has(name));
  return [
    ...said([
      ...baselineContext(context),
      [pod.hostNetwork === true, "uses the node's network (hostNetwork)"],
      [pod.hostPID === true, "sees the node's processes (hostPID)"],
      [pod.hostIPC === true, "shares the node's memory (hostIPC)"],
      [
        (pod.volumes ?? []).some((volume) => "hostPath" in volume),
        "mounts a folder of the node (hostPath)",
      ],
      [sysctls.length > 0, `sets sysctls ${sysctls.map(({ name }) => name).join(", ")}`],
    ]).map((what) => `pod: ${what}`),
    ...containersOf(pod).flatMap(baselineContainer),
  ];
}

function restrictedContainer(pod: PodSpec, container: Container): string[] {
  const own = container.securityContext;
  const whole = pod.securityContext;
  const added = (own?.capabilities?.add ?? []).filter((one) => one !== "NET_BIND_SERVICE");
  const seccomp = own?.seccompProfile?.type ?? whole?.seccompProfile?.type;
  return said([
    [own?.allowPrivilegeEscalation !== false, "may gain privileges (allowPrivilegeEscalation)"],
    [(own?.runAsNonRoot ?? whole?.runAsNonRoot) !== true, "may run as root (runAsNonRoot)"],
    [(own?.runAsUser ?? whole?.runAsUser) === 0, "runs as root (runAsUser 0)"],
    [own?.capabilities?.drop?.includes("ALL") !== true, "does not drop all capabilities"],
    [added.length > 0, `adds capabilities ${added.join(", ")}`],
    [seccomp !== "RuntimeDefault" && seccomp !== "Localhost", "has no seccompProfile"],
  ]).map((what) => `container ${container.name} ${what}`);
}

function restricted(pod: PodSpec): string[] {
  const volumes = (pod.volumes ?? []).filter(
    (volume) =>
      !Object.keys(volume).some((key) => restrictedVolumes.has(key)) &&
      Object.keys(volume).length > 1,
  );
  return [
    ...volumes.map(({ name }) => `pod: volume ${String(name)} is of a kind that is not allowed`),
    ...containersOf(pod).flatMap((container) => restrictedContainer(pod, container)),
  ];
}

/** Why a namespace that enforces the level would refuse the pod; empty when it would not. */
export function refusals(pod: PodSpec, level: Level): string[] {
  if (level === "privileged") return [];
  return [...new Set([...baseline(pod), ...(level === "restricted" ? restricted(pod) : [])])];
}
