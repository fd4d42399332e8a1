import type { Graph, GraphNode } from './types'

/** Measures of a node: first and second line, then a row a field. */
export const NODE = { first: 17, second: 33, head: 42, row: 22 }

interface Row { name: string; level: string | null; y: number; on: boolean }
export interface Drawn extends GraphNode { x: number; y: number; width: number; height: number; on: boolean; rows: Row[] }
export interface Line { key: string; path: string; on: boolean; how: 'copy' | 'compute' | 'aggregate'; said: string }

const end = (key: string, field: string) => `${key}\n${field}`

/** The ends that the chosen field reaches, up and down. Nothing chosen: none. */
function reached(graph: Graph, field: string): Set<string> {
  const found = new Set<string>()
  const here = graph.nodes.find((one) => one.step === 0)?.key ?? ''
  if (!field) return found
  for (const [from, to] of [['target', 'source'], ['source', 'target']] as const) {
    let now = [end(here, field)]
    while (now.length) {
      now.forEach((one) => found.add(one))
      now = graph.edges.filter((edge) => now.includes(end(edge[from], edge[`${from}_field`]))).map((edge) => end(edge[to], edge[`${to}_field`])).filter((one) => !found.has(one))
    }
  }
  return found
}

/** The node's fields; of a source outside, in the order of what they go into, so that lines cross least. */
function ordered(graph: Graph, node: GraphNode): GraphNode['fields'] {
  if (node.kind !== 'outside') return node.fields
  const places = graph.nodes.filter((one) => one.kind === 'item').flatMap((one) => one.fields.map((field) => end(one.key, field.name)))
  const place = (name: string) => Math.min(...graph.edges.filter((edge) => edge.source === node.key && edge.source_field === name).map((edge) => places.indexOf(end(edge.target, edge.target_field))))
  return [...node.fields].sort((a, b) => place(a.name) - place(b.name))
}

/** Places for all nodes in columns by their distance, and smooth lines between fields (between nodes when small). */
export function layout(graph: Graph, { field, small }: { field: string; small: boolean }): { nodes: Drawn[]; edges: Line[]; width: number; height: number } {
  const path = reached(graph, field)
  const steps = [...new Set(graph.nodes.map((one) => one.step))].sort((a, b) => a - b)
  const width = small ? 100 : 196
  const gap = small ? 32 : 84
  const nodes = new Map<string, Drawn>()
  const columns = steps.map((step, column) => {
    let y = 1
    for (const one of graph.nodes.filter((each) => each.step === step)) {
      const rows = small ? [] : ordered(graph, one).map((each, at) => ({ name: each.name, level: each.level, y: NODE.head + at * NODE.row, on: path.has(end(one.key, each.name)) }))
      const height = NODE.head + (rows.length ? rows.length * NODE.row + 4 : 0)
      const on = path.size > 0 && [...path].some((each) => each.startsWith(`${one.key}\n`))
      nodes.set(one.key, { ...one, x: 1 + column * (width + gap), y, width, height, on, rows })
      y += height + (small ? 10 : 16)
    }
    return y
  })
  const height = Math.max(...columns, 44)
  for (const [column, step] of steps.entries()) {
    const shift = (height - (columns[column] ?? 0)) / 2
    for (const one of nodes.values()) if (one.step === step) one.y += shift
  }
  const at = (key: string, name: string) => {
    const node = nodes.get(key)
    const row = node?.rows.find((one) => one.name === name)
    return { node, y: (node?.y ?? 0) + (row ? row.y + NODE.row / 2 : NODE.head / 2) }
  }
  const lines = new Map<string, Line>()
  for (const edge of graph.edges) {
    const from = at(edge.source, edge.source_field)
    const to = at(edge.target, edge.target_field)
    if (!from.node || !to.node) continue
    const key = small ? `${edge.source}>${edge.target}` : `${end(edge.source, edge.source_field)}>${end(edge.target, edge.target_field)}`
    const back = from.node.x >= to.node.x
    const x1 = back ? from.node.x : from.node.x + width
    const x2 = back ? to.node.x + width : to.node.x
    const bend = (x2 - x1) / 2
    const on = path.has(end(edge.source, edge.source_field)) && path.has(end(edge.target, edge.target_field))
    const said = `${edge.source_field || '*'} → ${edge.target_field || '*'}`
    const known = lines.get(key)
    lines.set(key, { key, path: `M${x1} ${from.y}C${x1 + bend} ${from.y} ${x2 - bend} ${to.y} ${x2} ${to.y}`, on: on || !!known?.on, how: edge.how, said: known && small ? `${known.said}, ${said}` : said })
  }
  return { nodes: [...nodes.values()], edges: [...lines.values()].sort((a, b) => Number(a.on) - Number(b.on)), width: 2 + steps.length * width + (steps.length - 1) * gap, height }
}
