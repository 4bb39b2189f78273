const jvmFlag = '-Dgeorep.sandbox='
const variable = 'GEOREP_SANDBOX_PROCESS'

/**
 * What marks the processes of a sandbox, in the table of processes itself: nothing has to be written down after a
 * process was started, so that a SIGKILL of georep at any moment leaves none that cannot be found again.
 */
export interface Marker {
  /** Which records folder the sandbox belongs to: a georep with another one leaves it alone. */
  readonly scope: string
  readonly sandbox: string
  /** Of this sandbox, not of one of the same name before it. */
  readonly id: string
  /** Cluster and node id for a broker; else what the process is for. */
  readonly role: string
}

export function textOfMarker({ scope, sandbox, id, role }: Marker): string {
  return [scope, sandbox, id, role].join('/')
}

/** Undefined for text that is no marker. */
export function markerFromText(text: string): Marker | undefined {
  const match = /^([0-9a-f]+)\/([a-z0-9-]+)\/([a-z0-9]+)\/([a-z0-9-]+)$/.exec(text)
  if (match === null) return undefined
  const [, scope = '', sandbox = '', id = '', role = ''] = match
  return { scope, sandbox, id, role }
}

/** An argument for `java`, which everyone may read in the table of processes. */
export function markOfJvm(marker: Marker): string {
  return `${jvmFlag}${textOfMarker(marker)}`
}

/** For any other process: what its environment must have. */
export function markOfEnvironment(marker: Marker): Readonly<Record<string, string>> {
  return { [variable]: textOfMarker(marker) }
}

/** The environment for a process that must not be taken for one of the sandbox that its parent belongs to. */
export function unmarked(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return { ...environment, [variable]: undefined }
}

/** The marker of a process, told from its arguments and its environment (`NAME=value`). */
export function markerOf(args: readonly string[], environment: readonly string[]): Marker | undefined {
  const [command = ''] = args
  const flag = /(^|\/)java$/.test(command) ? args.find((argument) => argument.startsWith(jvmFlag)) : undefined
  if (flag !== undefined) return markerFromText(flag.slice(jvmFlag.length))
  const entry = environment.find((each) => each.startsWith(`${variable}=`))
  return entry === undefined ? undefined : markerFromText(entry.slice(variable.length + 1))
}
