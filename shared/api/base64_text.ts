import { z } from "zod";

/**
 * A text in base64, with padding. The message leaves the value out: it may be a key that somebody
 * forgot to encode.
 */
export const base64Text = z.string().refine(isBase64, {
  error: "is not base64; encode the value, or give it as it is under stringData (Secret) or " +
    "data (ConfigMap)",
});

function isBase64(text: string): boolean {
  // Line breaks are allowed, as Kubernetes' decoder skips them.
  const letters = text.replaceAll(/[\r\n]/g, "");
  return letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters);
}
