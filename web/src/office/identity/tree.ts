/** A flat list of nodes, parents first or not, as a tree; and what is found in it with the way down to it. */
export interface Flat {
  id: string
  parent_id: string | null
}
export type Tree<N extends Flat> = N & { children: Tree<N>[] }

export function treeOf<N extends Flat>(nodes: N[]): Tree<N>[] {
  const byId = new Map(nodes.map((node) => [node.id, { ...node, children: [] as Tree<N>[] } as Tree<N>]))
  const roots: Tree<N>[] = []
  for (const node of byId.values()) {
    const parent = node.parent_id ? byId.get(node.parent_id) : undefined
    if (parent) parent.children.push(node)
    else roots.push(node)
  }
  return roots
}

/** Keeps the nodes that match and all above them. */
export function sift<N extends Flat>(trees: Tree<N>[], matches: (node: N) => boolean): Tree<N>[] {
  return trees.flatMap((tree) => {
    const children = sift(tree.children, matches)
    return children.length || matches(tree) ? [{ ...tree, children }] : []
  })
}

/** Ids from the root down to the node, itself included. */
export function wayTo<N extends Flat>(nodes: N[], id: string): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const way: string[] = []
  for (let node = byId.get(id); node && !way.includes(node.id); node = node.parent_id ? byId.get(node.parent_id) : undefined) way.unshift(node.id)
  return way
}
