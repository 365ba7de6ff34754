import { filter, firstValueFrom, from, map, merge, type Subscription, take, toArray } from 'rxjs';
import {
  type Address,
  ofChannel,
  ofOpCode,
  ofStatus,
  OpCode,
  parseAddress,
  pooled,
  reassemble,
  Status,
  windowByMessageId,
} from '../../lib/index.js';
import { clientAddress } from '../../lib/address/client-address.js';
import { connectFor, type Ground, grounds, texts } from '../support/grounds.js';
import { beforeTheEnd, type Side } from '../support/peers.js';

/** Posts a WelcomeRequest; where it listens. The listener is closed behind the spec. */
async function welcome(ground: Ground, { engine, group }: Side): Promise<Address> {
  const request = engine.get();
  ground.server().format(request);
  const bound = firstValueFrom(
    group.pipe(
      filter(message => message.opCode === OpCode.WelcomeResponse),
      map(message => parseAddress(message)),
    ),
  );
  const { channelNumber } = group.post(request);
  beforeTheEnd(async () => {
    const closed = firstValueFrom(group.pipe(ofStatus(Status.channelClosed)));
    const bye = engine.get();
    bye.opCode = OpCode.ByeSignal;
    bye.channelNumber = channelNumber;
    group.post(bye);
    await ground.until(closed);
  });
  const address = await ground.until(bound);
  if (address === null) throw new Error('the welcome has no address');
  return clientAddress(address);
}

/** A server that is nothing but streams of its group: accepts, answers what it was sent in capitals, four at a time, and says bye back. */
function serve({ group }: Side): Subscription {
  const courtesies$ = group.pipe(
    ofOpCode(OpCode.HelloRequest, OpCode.ByeRequest),
    map(message => message.reply()),
  );
  const answers$ = group.pipe(
    windowByMessageId(),
    pooled(
      request =>
        request.pipe(
          reassemble(),
          map(whole => request.first.reply(Buffer.from(whole).toString().toUpperCase())),
        ),
      4,
    ),
  );
  return merge(courtesies$, answers$).subscribe(group.sink);
}

describe.each(grounds)('a server of group streams over $name', ({ open }) => {
  it('answers Peers: single requests and uploads, many at once', async () => {
    const ground = open();
    const server = ground.side();
    const address = await welcome(ground, server);
    const serving = serve(server);
    const peer = await connectFor(ground, ground.side(), address);
    const words = Array.from({ length: 100 }, (_, n) => `word ${String(n)}`);
    const replies = words.map(word => texts(peer.request(word)));
    const upload = texts(peer.request(from(['in ', 'three ', 'parts'])));
    expect(await ground.until(Promise.all(replies))).toEqual(words.map(word => [word.toUpperCase()]));
    expect(await ground.until(upload)).toEqual(['IN THREE PARTS']);
    const closed = firstValueFrom(server.group.pipe(ofStatus(Status.channelClosed)));
    await ground.until(peer.bye());
    await ground.until(closed);
    serving.unsubscribe();
  });

  it('is asked by streams of a group as well', async () => {
    const ground = open();
    const server = ground.side();
    const address = await welcome(ground, server);
    const serving = serve(server);
    const { engine, group } = ground.side();
    const hello = engine.get();
    address.format(hello);
    // Read all along: what comes while nobody reads waits in the inbox.
    const reading = group.subscribe();
    const stands = firstValueFrom(group.pipe(ofOpCode(OpCode.HelloResponse)));
    const { channelNumber } = group.post(hello);
    await ground.until(stands);
    const answers = firstValueFrom(
      group.pipe(
        ofChannel(channelNumber),
        ofOpCode(OpCode.Response),
        map(message => [message.messageId, message.body.text()]),
        take(3),
        toArray(),
      ),
    );
    const closed = firstValueFrom(group.status$.pipe(ofStatus(Status.channelClosed)));
    const hasGone = firstValueFrom(server.group.pipe(ofStatus(Status.channelClosed)));
    from(['a', 'b', 'c'])
      .pipe(
        map((text, n) => {
          const request = engine.get();
          request.channelNumber = channelNumber;
          request.messageId = n + 1;
          request.body.append(text);
          return request;
        }),
      )
      .subscribe(group.sink);
    expect(await ground.until(answers)).toEqual([
      [1n, 'A'],
      [2n, 'B'],
      [3n, 'C'],
    ]);
    const bye = engine.get();
    bye.opCode = OpCode.ByeRequest;
    bye.channelNumber = channelNumber;
    group.sink.next(bye);
    expect((await ground.until(closed)).channelNumber).toBe(channelNumber);
    await ground.until(hasGone);
    reading.unsubscribe();
    serving.unsubscribe();
  });
});
