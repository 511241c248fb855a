/** What a diff may find of a key: the values of the attribute `change`. */
export const changeKinds = ["added", "changed", "removed"] as const;
export type ChangeKind = (typeof changeKinds)[number];
