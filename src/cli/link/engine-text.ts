/** An engine as people are shown it. */
export function engineText(engine: string): string {
  return engine === 'embedded' ? 'embedded (preview)' : engine
}
