import { spawnSync } from 'node:child_process';
import { Child } from '../support/child.js';
import { folder, freePath } from '../support/socket-files.js';

it('a listener whose socket file finds no room on the disk ends as listen_failed, and its engine listens elsewhere, and there once there is room', async () => {
  const { status, stderr } = spawnSync('unshare', ['--mount', '--map-root-user', 'true'], {
    encoding: 'utf8',
    timeout: 4_000,
  });
  if (status !== 0) {
    throw new Error(
      `a full disk takes a mount of its own, and 'unshare --mount --map-root-user' is not to be had here: ${(stderr as string | null) ?? 'no such command'}`,
    );
  }
  const child = new Child('without-room.cjs@full', await folder(), freePath());
  const lines = await child.lines();
  expect(await child.end()).toBe(0);
  expect(lines).toEqual([
    'files: made, ENOSPC',
    'full disk: listen_failed, channel_closed',
    'tcp: success',
    'other disk: success',
    'disk with room: success',
  ]);
});
