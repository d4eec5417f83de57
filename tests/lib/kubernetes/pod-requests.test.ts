/** Tests of what a pod asks for. */
import * as assert from "node:assert/strict";
import { podAmount, podRequest } from "../../../lib/kubernetes/pod-requests";
import type { Container } from "../../../lib/kubernetes/types";

function container(requests?: Container["resources"]): Container {
  return { name: "c", ...(requests && { resources: requests }) };
}

describe("what a pod requests", () => {
  it("is counted in Kubernetes' units, and is nothing where nothing is asked for", () => {
    const cpu = ["250m", "1", 0.5].map((asked) =>
      podRequest({ containers: [container({ requests: { cpu: asked } })] }, "cpu"),
    );
    assert.deepEqual(cpu, [0.25, 1, 0.5]);
    const memory = ["1Gi", "64Mi", "128M", "1024"].map((asked) =>
      podRequest({ containers: [container({ requests: { memory: asked } })] }, "memory"),
    );
    assert.deepEqual(memory, [2 ** 30, 2 ** 26, 128e6, 1024]);
    assert.equal(podRequest({ containers: [container()] }, "cpu"), 0);
    assert.equal(podRequest({}, "memory"), 0);
  });

  it("is the limit where only that is given", () => {
    const pod = { containers: [container({ limits: { memory: "1Ki" } })] };
    assert.equal(podRequest(pod, "memory"), 1024);
  });

  it("is that of all containers and sidecars, or the largest of those that run before", () => {
    const one = container({ requests: { cpu: 1 } });
    const sidecar = { ...one, restartPolicy: "Always" };
    const amount = ({ resources }: Container): number => Number(resources?.requests?.["cpu"]);
    assert.equal(podAmount({ containers: [one, one], initContainers: [one] }, amount), 2);
    assert.equal(podAmount({ containers: [one], initContainers: [sidecar, one] }, amount), 2);
    const large = container({ requests: { cpu: 5 } });
    assert.equal(podAmount({ containers: [one], initContainers: [large] }, amount), 5);
  });
});
