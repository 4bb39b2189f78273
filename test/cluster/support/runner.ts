import { expectDocument } from '../../support/published.ts'
import { GeorepProcess } from './georep-process.ts'

export interface RunnerOptions {
  readonly groupsInterval?: string
  /** What it says when it has started; `is running` by default. */
  readonly until?: string
  readonly more?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Status and body of a page that a runner serves, once it has said where. */
export async function pageOf(runner: Pick<Runner, 'lines'>, path: string): Promise<readonly [number, string]> {
  const url = /http:\/\/[\w.:[\]]+/.exec(runner.lines.find((line) => line.includes('/metrics')) ?? '')?.[0]
  const answer = await fetch(`${url ?? ''}${path}`, { signal: AbortSignal.timeout(5_000) })
  const body = await answer.text()
  if (answer.headers.get('content-type')?.includes('json') === true) expectDocument(body, path)
  return [answer.status, body]
}

/** A `georep link run`. */
export class Runner extends GeorepProcess {
  static async start(
    link: { readonly name: string; readonly configFile: string },
    { groupsInterval = '500ms', until = 'is running', more = [], env = {} }: RunnerOptions = {},
  ): Promise<Runner> {
    const args = ['link', 'run', link.name, '--config', link.configFile, '--groups-interval', groupsInterval]
    const runner = new Runner([...args, ...more], { env })
    await runner.says(until, 60_000)
    return runner
  }

  /** SIGSTOP; resolves when it is frozen. */
  async freeze(): Promise<void> {
    this.signal('SIGSTOP')
    await this.frozen()
  }

  thaw(): void {
    this.signal('SIGCONT')
  }

  /** The exit code with which it ends. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    this.signal(signal)
    return (await this.ended).code
  }
}
