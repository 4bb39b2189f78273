import type { Command } from 'commander'
import type { Perform } from '../wiring.ts'
import { addMirrorChange } from './change-verb.ts'

export function addMirrorPause(noun: Command, perform: Perform): void {
  addMirrorChange(noun, perform, {
    name: 'pause',
    summary: 'stop moving records of mirrors',
    description:
      'Has the runner append nothing more to these mirrors, nor copy group offsets for them. Returns when it says that nothing of them is under way, or when no runner lives. Their lag grows, and is shown. On a link of MirrorMaker 2 they are taken from the list of its connector, and its tasks are begun anew.',
    load: async () => (await import('./pause-run.ts')).runMirrorPause,
  })
}
