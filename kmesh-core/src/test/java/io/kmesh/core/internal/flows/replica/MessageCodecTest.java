// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  private static final NodeId NODE = new NodeId(0xa0, 7);
  private static final Dot DOT = new Dot(0xa0, 8);
  private static final Version VERSION = new Version(DOT, VersionVector.of(0xa0, 8));

  private static Node node() {
    return new Node(
        NODE,
        FileType.REGULAR,
        0,
        PathBytes.EMPTY,
        new Attributes(0600, 0, 0),
        VERSION,
        new Content(5, new FileTime(1, 2)),
        VERSION,
        null,
        List.of(),
        0);
  }

  private static List<Message> all() {
    return List.of(
        new Message.Hello("f1", "lab", 0xa0, 2, Map.of(0xb0L, 17L, -1L, 3L)),
        new Message.Batch(
            19,
            Message.Tail.END,
            List.of(
                new Message.Change(node(), null, Message.Delivery.PUSHED),
                new Message.Change(node(), null, Message.Delivery.ON_DEMAND),
                new Message.Change(
                    null,
                    Dirent.none(new Link(NodeId.ROOT, PathBytes.of("n"))).to(NODE, VERSION),
                    Message.Delivery.ON_DEMAND))),
        new Message.Stored(19),
        new Message.Placed(19, 1),
        new Message.Want(List.of(new Message.Wanted(NODE, DOT, 4096))),
        new Message.Gone(NODE, DOT, Message.Cause.UNREADABLE, "changed"),
        new Message.Hurry(20),
        new Message.Fetch(Message.Urgency.AHEAD, List.of(new Message.Range(NODE, DOT, 4096, 300))),
        new Message.Ask(
            5,
            List.of(
                new Message.Place(PathBytes.of("a/b"), Message.Scope.ENTRY),
                new Message.Place(PathBytes.EMPTY, Message.Scope.NAMES))),
        new Message.Fresh(5, 21),
        new Message.Edit(
            6,
            Message.Action.SET_XATTR,
            PathBytes.of("a/b"),
            PathBytes.of("user.x"),
            Message.Expected.AS_SEEN,
            NODE,
            DOT,
            77,
            new FileTime(-1, 5),
            -1,
            300,
            new byte[] {1, 2}),
        new Message.Edited(6, Message.Outcome.CONFLICT, 22, "no"),
        new Message.Compare(List.of(new Message.Part(NODE, DOT, 4096, 300, 14))),
        new Message.Recipe(
            NODE,
            DOT,
            4096,
            14,
            List.of(new Chunk(5000, new ChunkName(1, 2, -1)), new Chunk(1L << 40, null))));
  }

  @Test
  void causes_haveTheirNumbers() throws Exception {
    List<Message.Cause> inOrder =
        List.of(Message.Cause.SUPERSEDED, Message.Cause.UNREADABLE, Message.Cause.DENIED);
    assertThat(inOrder).containsExactly(Message.Cause.values());
    for (int number = 0; number < inOrder.size(); number++) {
      Message gone = new Message.Gone(NODE, DOT, inOrder.get(number), "");
      byte[] bytes = MessageCodec.encode(gone);
      assertThat(bytes[bytes.length - 2]).isEqualTo((byte) number);
      assertThat(MessageCodec.decode(bytes)).isEqualTo(gone);
    }
  }

  @Test
  void messages_areTheGoldenVectors_andReadBack() throws Exception {
    List<String> encoded = new ArrayList<>();
    for (Message message : all()) {
      byte[] bytes = MessageCodec.encode(message);
      assertThat(MessageCodec.decode(bytes)).isEqualTo(message);
      encoded.add(HexFormat.of().formatHex(bytes));
    }
    assertThat(encoded).containsExactly(GOLDEN);
  }

  @Test
  void hello_whenOfAnotherFormat_saysWhatToDo() {
    byte[] bytes = MessageCodec.encode(all().get(0));
    bytes[1] = 9;
    assertThatThrownBy(() -> MessageCodec.decode(bytes))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("format 9")
        .hasMessageContaining("Run builds that agree");
  }

  @Test
  void recipe_whoseChunksCanNotBe_isDamaged() {
    for (List<Chunk> chunks :
        List.of(
            List.<Chunk>of(),
            List.of(new Chunk((4 << 14) + 1, new ChunkName(1, 2, 3))),
            List.of(new Chunk(Long.MAX_VALUE, null)),
            List.of(new Chunk(1L << 62, null), new Chunk(1L << 62, null)),
            Collections.nCopies(MessageCodec.MOST_CHUNKS + 1, new Chunk(1, null)))) {
      byte[] bytes = MessageCodec.encode(new Message.Recipe(NODE, DOT, 1, 14, chunks));
      assertThatThrownBy(() -> MessageCodec.decode(bytes))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("damaged");
    }
    byte[] empty =
        MessageCodec.encode(new Message.Recipe(NODE, DOT, 0, 14, List.of(new Chunk(1, null))));
    empty[empty.length - 1] = 0;
    assertThatThrownBy(() -> MessageCodec.decode(empty)).hasMessageContaining("a range is empty");
    for (int level : new int[] {0, 7, 23, 255}) {
      byte[] bytes =
          MessageCodec.encode(
              new Message.Compare(List.of(new Message.Part(NODE, DOT, 0, 1, level))));
      assertThatThrownBy(() -> MessageCodec.decode(bytes)).hasMessageContaining("level " + level);
    }
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_areAMessageThatReadsBack_orDamage(
      @ForAll @Size(max = 100) byte[] bytes,
      @ForAll @IntRange(max = 13) int which,
      @ForAll @IntRange(max = 200) int cut,
      @ForAll @IntRange(max = 2000) int flip) {
    decode(bytes);
    byte[] whole = MessageCodec.encode(all().get(which));
    byte[] damaged = Arrays.copyOf(whole, Math.min(cut, whole.length));
    if (flip / 8 < damaged.length) {
      damaged[flip / 8] ^= (byte) (1 << flip % 8);
    }
    decode(damaged);
  }

  private static void decode(byte[] bytes) {
    try {
      Message message = MessageCodec.decode(bytes);
      assertThat(MessageCodec.decode(MessageCodec.encode(message))).isEqualTo(message);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
    }
  }

  @Test
  void pieces_areTheGoldenVector_andReadBack() throws Exception {
    ByteOutput out = Pieces.begin(64);
    Pieces.data(NODE, DOT, 10, 2, ByteBuffer.wrap(new byte[] {1, 2, 3}), out);
    Pieces.hole(NODE, DOT, 1L << 40, 5, 1L << 39, out);
    assertThat(HexFormat.of().formatHex(out.toBytes())).isEqualTo(GOLDEN_PIECES);
    assertThat(pieces(out.toBytes()))
        .containsExactly(
            NODE + " " + DOT + " 10 2 [1, 2, 3]",
            NODE + " " + DOT + " " + (1L << 40) + " 5 hole " + (1L << 39));
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_arePiecesWithinTheirFiles_orDamage(
      @ForAll @Size(max = 100) byte[] bytes, @ForAll @IntRange(max = 1000) int flip)
      throws IOException {
    byte[] damaged = HexFormat.of().parseHex(GOLDEN_PIECES);
    damaged[flip / 8 % damaged.length] ^= (byte) (1 << flip % 8);
    for (byte[] any : List.of(bytes, damaged)) {
      try {
        assertThat(pieces(any)).isNotNull();
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      }
    }
  }

  private static List<String> pieces(byte[] message) throws IOException {
    List<String> seen = new ArrayList<>();
    Pieces.read(
        message,
        new Pieces.Taker() {
          @Override
          public void data(NodeId node, Dot content, long size, long offset, ByteBuffer bytes) {
            byte[] taken = new byte[bytes.remaining()];
            bytes.get(taken);
            assertThat(offset).isBetween(0L, size - taken.length);
            seen.add(
                node + " " + content + " " + size + " " + offset + " " + Arrays.toString(taken));
          }

          @Override
          public void hole(NodeId node, Dot content, long size, long offset, long length) {
            assertThat(offset).isBetween(0L, size - length);
            seen.add(node + " " + content + " " + size + " " + offset + " hole " + length);
          }
        });
    return seen;
  }

  private static final String[] GOLDEN = {
    "0100026631036c616200000000000000a0020200000000000000b011ffffffffffffffff03",
    "021301030200000000000000a00000000000000007000000800300000000000000000000a0080100"
        + "000000000000a00805020200000000000000a0080100000000000000a0080100000000000000a000"
        + "00000000000007000000800300000000000000000000a0080100000000000000a008050202000000"
        + "00000000a0080100000000000000a0080300000000000000000000000000000000016e0100000000"
        + "000000a0000000000000000700000000000000a0080100000000000000a008",
    "0313",
    "041301",
    "050100000000000000a0000000000000000700000000000000a0088020",
    "0600000000000000a0000000000000000700000000000000a00801076368616e676564",
    "0714",
    "08010100000000000000a0000000000000000700000000000000a0088020ac02",
    "09050203612f62000001",
    "0a0515",
    "0b060903612f6206757365722e780200000000000000a0000000000000000700000000000000a0084d010501d804020102",
    "0c060116026e6f",
    "0d0100000000000000a0000000000000000700000000000000a0088020ac020e",
    "0e00000000000000a0000000000000000700000000000000a00880200e020088270000000000000001000000"
        + "0000000002ffffffffffffffff01808080808020"
  };
  private static final String GOLDEN_PIECES =
      "000100000000000000a0000000000000000700000000000000a0080a02030102030200000000000000a0"
          + "000000000000000700000000000000a00880808080802005808080808010";
}
