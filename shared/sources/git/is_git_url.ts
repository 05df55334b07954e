/** Tells whether a PATH names a Git repository: `git+https://…`. */
export function isGitUrl(path: string): boolean {
  return /^git\+https?:\/\//i.test(path);
}
