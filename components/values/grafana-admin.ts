/** The administrator from our Secret, and the Service left to us: the same in both profiles. */
export function adminFromSecret<T>(existingSecret: T) {
  return {
    // The password stays in our Secret: values end up in Helm's own storage, readable by whoever
    // may read the release.
    admin: { existingSecret, userKey: "admin-user", passwordKey: "admin-password" },
    // The Service is a resource of ours (exposed-service.ts): inside the release, a LoadBalancer
    // that never gets an address keeps Helm waiting until its timeout.
    service: { enabled: false },
  };
}
