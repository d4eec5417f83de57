/** Every form in which somebody would find a secret again: in clear, in a URL, in hex, in base64. */
export function formsOf(secret: string): string[] {
  // Whatever stands before it, at any of the three places that base64 has for a byte.
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset, "x"), Buffer.from(secret)])
      .toString("base64")
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("hex"), ...base64];
}
