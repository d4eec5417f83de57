/** Tests of policy/pod-security.ts. */
import * as assert from "node:assert/strict";
import { refusals } from "../../policy/pod-security";
import type { PodSpec } from "../../policy/pods";

/** What Kubernetes' own controller says of these was looked up in its documentation, field by field. */
const refusedByBaseline: Readonly<Record<string, PodSpec>> = {
  hostNetwork: { hostNetwork: true },
  hostPID: { hostPID: true },
  hostIPC: { hostIPC: true },
  hostPath: { volumes: [{ name: "v", hostPath: { path: "/" } }] },
  hostPort: { containers: [{ name: "c", ports: [{ containerPort: 80, hostPort: 80 }] }] },
  privileged: { containers: [{ name: "c", securityContext: { privileged: true } }] },
  capabilities: {
    containers: [{ name: "c", securityContext: { capabilities: { add: ["NET_ADMIN"] } } }],
  },
  procMount: { containers: [{ name: "c", securityContext: { procMount: "Unmasked" } }] },
  seccompProfile: { securityContext: { seccompProfile: { type: "Unconfined" } } },
  appArmorProfile: { securityContext: { appArmorProfile: { type: "Unconfined" } } },
  seLinuxOptions: { securityContext: { seLinuxOptions: { type: "spc_t" } } },
  sysctls: { securityContext: { sysctls: [{ name: "kernel.msgmax" }] } },
};

const careful: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  volumes: [{ name: "v", emptyDir: {} }],
  containers: [
    {
      name: "c",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

describe("the Pod Security Standards", () => {
  for (const [what, pod] of Object.entries(refusedByBaseline)) {
    it(`baseline refuses ${what}, privileged does not`, () => {
      assert.match(
        refusals(pod, "baseline").join(),
        new RegExp(what === "privileged" ? "is privileged" : what),
      );
      assert.deepEqual(refusals(pod, "privileged"), []);
    });
  }

  it("baseline takes a pod that says nothing, and the capabilities that containers have anyway", () => {
    const added = { capabilities: { add: ["CHOWN", "NET_BIND_SERVICE"] } };
    assert.deepEqual(refusals({ containers: [{ name: "c" }] }, "baseline"), []);
    assert.deepEqual(
      refusals({ containers: [{ name: "c", securityContext: added }] }, "baseline"),
      [],
    );
  });

  it("restricted takes a pod that gives up everything", () => {
    assert.deepEqual(refusals(careful, "restricted"), []);
  });

  it("restricted names everything that a pod keeps", () => {
    assert.deepEqual(refusals({ containers: [{ name: "c" }] }, "restricted"), [
      "container c may gain privileges (allowPrivilegeEscalation)",
      "container c may run as root (runAsNonRoot)",
      "container c does not drop all capabilities",
      "container c has no seccompProfile",
    ]);
  });

  it("looks at containers that run first", () => {
    const pod = { ...careful, initContainers: [{ name: "first" }] };
    assert.match(refusals(pod, "restricted").join(), /container first may gain privileges/);
  });
});
