/**
 * Tells whether the text of a document may be a Secret, broken ones included. In doubt it is: what
 * names no kind may be the rest of one.
 */
export function mayBeSecret(document: string): boolean {
  return !/\bkind\b/.test(document) || /\bkind\W+Secret\b|\bstringData\b/i.test(document);
}
