/** The flags with which the next command looks at the same folder. */
export function whereFlags(historyDir: string | undefined): readonly string[] {
  return historyDir === undefined ? [] : ['--history-dir', historyDir]
}
