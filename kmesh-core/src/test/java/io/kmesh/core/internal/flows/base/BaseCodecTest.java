// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BaseCodecTest {
  private static final NodeId ID = new NodeId(0xa0, 7);
  private static final Link LINK = new Link(new NodeId(0xb0, 1), PathBytes.of("name"));

  static Node node() {
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    xattrs.put(PathBytes.of("user.a"), new byte[] {1, 2});
    return new Node(
        ID,
        FileType.REGULAR,
        0,
        PathBytes.EMPTY,
        new Attributes(0644, 1000, 100, xattrs),
        new Version(new Dot(0xa0, 9), VersionVector.of(0xa0, 9).with(0xb0, 2)),
        new Content(5000, new FileTime(1_795_250_273L, 17)),
        new Version(new Dot(0xa0, 8), VersionVector.of(0xa0, 8)),
        new Local(
            new LocalKey(0x200000401L, 0x100000000L),
            5000,
            new FileTime(1_795_250_273L, 17),
            new FileTime(-1, 999_999_999),
            new Dot(0xa0, 9),
            new Dot(0xa0, 8)),
        List.of(LINK),
        12);
  }

  static Dirent dirent() {
    return new Dirent(
        LINK,
        null,
        ID,
        VersionVector.of(0xa0, 8),
        new Version(new Dot(0xb0, 3), VersionVector.of(0xb0, 3)),
        ID,
        13);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void keptNode_isTheGoldenVector_andReadsBack() throws Exception {
    byte[] kept = BaseCodec.kept(node());
    assertThat(hex(kept)).isEqualTo(GOLDEN_NODE);
    assertThat(BaseCodec.node(ID, kept)).isEqualTo(node());
  }

  @Test
  void keptName_isTheGoldenVector_andReadsBack() throws Exception {
    byte[] kept = BaseCodec.kept(dirent());
    assertThat(hex(kept)).isEqualTo(GOLDEN_NAME);
    assertThat(BaseCodec.dirent(LINK, kept)).isEqualTo(dirent());
    Dirent placed = dirent().to(ID, Version.NONE);
    assertThat(BaseCodec.dirent(LINK, BaseCodec.kept(placed))).isEqualTo(placed);
    Dirent elsewhere = placed.withPlaced(NodeId.ROOT);
    assertThat(BaseCodec.dirent(LINK, BaseCodec.kept(elsewhere))).isEqualTo(elsewhere);
  }

  @Test
  void sentRegisters_leaveOutWhatOneSiteKnows() throws Exception {
    ByteOutput out = new ByteOutput(64);
    BaseCodec.send(node(), out);
    Node received = BaseCodec.receiveNode(new ByteInput(out.toBytes(), "a node"));
    assertThat(received.local()).isNull();
    assertThat(received.links()).isEmpty();
    assertThat(received.seq()).isZero();
    assertThat(received.attributes()).isEqualTo(node().attributes());
    assertThat(received.contentVersion()).isEqualTo(node().contentVersion());
    ByteOutput names = new ByteOutput(64);
    BaseCodec.send(dirent(), names);
    Dirent name = BaseCodec.receiveDirent(new ByteInput(names.toBytes(), "a name"));
    assertThat(name.placed()).isNull();
    assertThat(name.link()).isEqualTo(LINK);
    assertThat(name.removed()).isEqualTo(ID);
  }

  @Test
  void receivedName_thatLeadsElsewhere_isRefused() {
    for (String bad : List.of("", ".", "..", "a/b", "a\0b", "x".repeat(256))) {
      ByteOutput out = new ByteOutput(64);
      LINK.parent().write(out);
      out.block(bad.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      out.u8(0);
      Version.NONE.write(out);
      assertThatThrownBy(() -> BaseCodec.receiveDirent(new ByteInput(out.toBytes(), "a name")))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  @Tag("fuzz")
  @Property(tries = 20_000)
  void anyBytes_areRegistersThatReadBack_orDamage(
      @ForAll @Size(max = 120) byte[] bytes,
      @ForAll @IntRange(max = 150) int cut,
      @ForAll @IntRange(max = 2000) int flip) {
    decode(bytes);
    byte[] node = damaged(BaseCodec.kept(node()), cut, flip);
    byte[] name = damaged(BaseCodec.kept(dirent()), cut, flip);
    decode(node);
    decode(name);
  }

  private static byte[] damaged(byte[] whole, int cut, int flip) {
    byte[] bytes = java.util.Arrays.copyOf(whole, Math.min(cut, whole.length));
    if (flip / 8 < bytes.length) {
      bytes[flip / 8] ^= (byte) (1 << flip % 8);
    }
    return bytes;
  }

  private static void decode(byte[] bytes) {
    try {
      Node node = BaseCodec.node(ID, bytes);
      assertThat(BaseCodec.node(ID, BaseCodec.kept(node))).isEqualTo(node);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
    try {
      Dirent dirent = BaseCodec.dirent(LINK, bytes);
      assertThat(BaseCodec.dirent(LINK, BaseCodec.kept(dirent))).isEqualTo(dirent);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  private static final String GOLDEN_NODE =
      "000000a403e807640106757365722e6102010200000000000000a0090200000000000000a0090000"
          + "0000000000b0028827c2e18ab00d1100000000000000a0080100000000000000a008010000000200"
          + "00040100000001000000008827c2e18ab00d1101ff93ebdc0300000000000000a009000000000000"
          + "00a0080100000000000000b00000000000000001046e616d650c";
  private static final String GOLDEN_NAME =
      "0600000000000000a000000000000000070100000000000000a00800000000000000b00301000000"
          + "00000000b00300000000000000a000000000000000070d";
}
