import { filter } from 'rxjs';
import { pooled, windowByMessageId } from '../../lib/index.js';
import { inStallWorld } from '../support/stall-world.js';
import { after } from '../support/virtual-time.js';

describe('a channel that is paused for stallTimeout', () => {
  it('is warned of once a pause, with who holds the slots', () => {
    const log = inStallWorld({}, ({ at, connect, server, warnings }) => {
      const sendRequests = connect();
      sendRequests(10, '1a', '2b', '3c');
      at(500, () => {
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain('has not been read for 50 ms');
        expect(warnings[0]).toContain('holds 2 of 2 messages held; 2 wait in its group');
        server.group.subscribe().unsubscribe();
      });
      sendRequests(600, '4d', '5e', '6f');
    });
    expect(log).toEqual(['61 channel 2 is stalled', '651 channel 2 is stalled']);
  });

  it('is warned of with the kinds of holds that there are', () => {
    inStallWorld({ initialPoolMsgs: 4, maxPoolMsgs: 4 }, ({ at, connect, server, warnings }) => {
      connect()(10, '1retained', '2pooled', '3pooled', '4window', '5last');
      at(6, () => {
        const only = (text: string) => server.group.pipe(filter(message => message.body.text() === text));
        only('retained').subscribe(message => message.retain());
        only('pooled')
          .pipe(pooled(after(900)))
          .subscribe();
        only('window').pipe(windowByMessageId()).subscribe();
      });
      at(100, () => {
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain("0 wait in its group's inbox, 1 in windows");
        expect(warnings[0]).toContain('2 in pooled');
        expect(warnings[0]).toContain('1 are retained');
      });
    });
  });

  it('is none of one that was read in time, or that has closed', () => {
    const log = inStallWorld({}, ({ at, connect, server, client }) => {
      connect()(10, '1a', '2b', '3c');
      at(60, () => {
        server.group.subscribe().unsubscribe();
      });
      const sendMore = connect();
      sendMore(100, '1a', '2b', '3c');
      at(120, () => {
        void server.group.destroy();
        void client.group.destroy();
      });
    });
    expect(log).toEqual([]);
  });

  it('is not warned of where stallTimeout is Infinity', () => {
    const log = inStallWorld({ stallTimeout: Infinity }, ({ connect }) => {
      connect()(10, '1a', '2b', '3c');
    });
    expect(log).toEqual([]);
  });
});
