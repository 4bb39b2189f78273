import type { ConnectorStatus } from '../../connect/connect-cluster.ts'

/** What does not carry anything now: the connector, or tasks of it, and why. */
export function failuresOf(
  name: string,
  status: Pick<ConnectorStatus, 'connector' | 'tasks'> | undefined,
): readonly string[] {
  const { connector, tasks = [] } = status ?? {}
  return [
    ...(connector?.state === 'FAILED' ? [failureText(name, { why: reasonFrom(connector.trace) })] : []),
    ...tasks.filter(({ state }) => state === 'FAILED').map(({ id, trace }) => failureText(name, { id, why: reasonFrom(trace) })), // prettier-ignore
  ]
}

/** Of a connector, or of the task of it that has this id. */
export function failureText(
  name: string,
  { id, why = 'it does not say why' }: { readonly id?: number; readonly why: string | undefined },
): string {
  return `${id === undefined ? '' : `task ${id} of `}connector "${name}" has FAILED: ${why}`
}

const causedBy = 'Caused by: '

/** The first line of a trace says what failed, the last cause why. */
export function reasonFrom(trace: string | undefined): string | undefined {
  if (trace === undefined || trace === '') return undefined
  const lines = trace.split('\n').map((line) => line.trim())
  const cause = lines.findLast((line) => line.startsWith(causedBy))
  return [lines[0] ?? '', ...(cause === undefined ? [] : [cause.slice(causedBy.length)])]
    .map((line) => withoutPackage(line).slice(0, 300))
    .join(': ')
}

function withoutPackage(line: string): string {
  return line.replace(/^(?:[a-z0-9_]+\.)+([A-Z]\w*)/, '$1')
}
