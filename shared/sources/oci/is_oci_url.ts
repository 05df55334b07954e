/** Tells whether a PATH names an OCI artifact: `oci://…`. */
export function isOciUrl(path: string): boolean {
  return /^oci:\/\//i.test(path);
}
