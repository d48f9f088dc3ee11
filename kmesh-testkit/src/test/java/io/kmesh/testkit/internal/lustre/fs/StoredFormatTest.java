// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The stored formats: a golden vector, round trips, and decoders on damaged bytes. */
class StoredFormatTest {
  private static final long SEED = 20261121;
  private static final int ROUNDS = 20_000;

  private static InodeVars vars() {
    InodeVars vars = new InodeVars();
    vars.links.add(new Link(Fids.ROOT, PathBytes.of("first")));
    vars.links.add(new Link(new Fid(0x240000401L, 7, 0), PathBytes.of(new byte[] {-1, 10, 34})));
    vars.xattrs.put(PathBytes.of("user.a"), new byte[] {1, 2, 3});
    vars.xattrs.put(PathBytes.of("trusted.empty"), new byte[0]);
    Layout layout =
        new Layout(
            List.of(
                new LayoutComponent(0, 1 << 20, StripePattern.MDT, 0, 0, null),
                new LayoutComponent(
                    1 << 20, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 1 << 20, "fast")),
            false);
    vars.placement = new Placement(layout, List.of(List.of(), List.of(1, 0)));
    return vars;
  }

  private static Inode inode() {
    Inode inode = new Inode(new Fid(0x200000401L, 0x1abc, 0), FileType.REGULAR);
    inode.set(Inode.WRITTEN);
    inode.mode = 04751;
    inode.uid = 4294967294L;
    inode.gid = 100;
    inode.links = 2;
    inode.size = 123_456_789_012L;
    inode.allocated = 8192;
    inode.atime = new FileTime(-5, 1);
    inode.mtime = new FileTime(1_795_250_273L, 350_656_278);
    inode.ctime = new FileTime(1_795_250_274L, 999_999_999);
    inode.rdev = 0;
    inode.dataVersion = 0x0001_0000_0007L;
    inode.generation = 3;
    inode.lastGeneration = 4;
    inode.hsm = new HsmAttributes(0x0b, 33, 0x0001_0000_0006L);
    inode.project = 42;
    inode.encodedVars = InodeCodec.encodeVars(vars());
    return inode;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  @Test
  void inodeSlot_whenVersion0_isTheGoldenOne() throws IOException {
    byte[] golden;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("inode-slot-0.hex"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      golden = HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }
    byte[] padded = Arrays.copyOf(golden, InodeCodec.SLOT_BYTES);
    assertThat(bytes(InodeCodec.encode(inode()))).isEqualTo(padded);
    assertSame(Objects.requireNonNull(InodeCodec.decode(ByteBuffer.wrap(padded), "golden")));
  }

  private static void assertSame(Inode read) throws IOException {
    Inode expected = inode();
    assertThat(read.stat(Core.DEVICE)).isEqualTo(expected.stat(Core.DEVICE));
    assertThat(read.fid).isEqualTo(expected.fid);
    assertThat(read.bits).isEqualTo(expected.bits);
    assertThat(read.hsm).isEqualTo(expected.hsm);
    assertThat(read.dataVersion).isEqualTo(expected.dataVersion);
    assertThat(read.generation).isEqualTo(expected.generation);
    assertThat(read.lastGeneration).isEqualTo(expected.lastGeneration);
    assertThat(read.project).isEqualTo(42);
    InodeVars vars = InodeCodec.decodeVars(Objects.requireNonNull(read.encodedVars), "vars");
    assertThat(vars.links).isEqualTo(vars().links);
    assertThat(vars.xattrs.keySet()).isEqualTo(vars().xattrs.keySet());
    assertThat(vars.placement).isEqualTo(vars().placement);
  }

  @Test
  void inodeSlot_whenAnotherVersion_isRefusedByName() {
    ByteBuffer slot = InodeCodec.encode(inode());
    slot.put(3, (byte) 1);
    assertThatThrownBy(() -> InodeCodec.decode(slot, "a slot"))
        .hasMessageContaining("a slot")
        .hasMessageContaining("version 1");
  }

  @Test
  void inodeSlot_whenOneBitDiffers_isCorrupt() {
    byte[] good = bytes(InodeCodec.encode(inode()));
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThatThrownBy(() -> InodeCodec.decode(ByteBuffer.wrap(bad), "a slot"))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }
  }

  /** Decodes something; what it throws is judged. */
  @FunctionalInterface
  private interface Decoder {
    void decode(byte[] bytes) throws IOException;
  }

  private static void fuzz(byte[] good, Decoder decoder) {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad =
          random.nextInt(8) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
      for (int flips = random.nextInt(8); flips >= 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        decoder.decode(bad);
      } catch (ProviderException e) {
        assertThat(e.kind()).as("round %s of seed %s", round, SEED).isEqualTo(ErrorKind.CORRUPT);
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("Round " + round + " of seed " + SEED + " failed.", e);
      }
    }
  }

  /** Makes the checksum of damaged bytes right, so that the decoder looks at them. */
  private static byte[] withChecksum(byte[] bytes, int at, int from) {
    if (bytes.length > from) {
      CRC32C crc = new CRC32C();
      crc.update(bytes, from, bytes.length - from);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, (int) crc.getValue());
    }
    return bytes;
  }

  @Test
  void inodeSlot_whenDamagedUnderItsChecksum_isReadOrCorrupt() {
    fuzz(
        bytes(InodeCodec.encode(inode())),
        bytes -> {
          byte[] slot = Arrays.copyOf(bytes, InodeCodec.SLOT_BYTES);
          Inode read = InodeCodec.decode(ByteBuffer.wrap(withChecksum(slot, 4, 8)), "fuzz");
          if (read != null && read.encodedVars != null) {
            InodeCodec.decodeVars(read.encodedVars, "fuzz");
          }
        });
  }

  @Test
  void vars_whenDamaged_areReadOrCorrupt() {
    fuzz(InodeCodec.encodeVars(vars()), bytes -> InodeCodec.decodeVars(bytes, "fuzz"));
  }

  private static ChangelogRecord record() {
    return new ChangelogRecord(
        1,
        77,
        8,
        1,
        Instant.ofEpochSecond(1_795_250_273L, 5),
        Fid.ZERO,
        Fids.ROOT,
        PathBytes.of("new\nline"),
        new ChangelogRecord.RenameSource(new Fid(0x200000401L, 1, 0), Fids.ROOT, PathBytes.of("o")),
        "mv.0",
        new ChangelogRecord.Origin(0, 0, "0@lo"),
        PathBytes.of("user.x"),
        3);
  }

  @Test
  void changelogRecord_whenWritten_isReadBack() throws IOException {
    assertThat(RecordCodec.decode(RecordCodec.encode(record()), 1)).isEqualTo(record());
  }

  @Test
  void changelogRecord_whenDamaged_isReadOrCorrupt() {
    fuzz(RecordCodec.encode(record()), bytes -> RecordCodec.decode(bytes, 1));
  }

  @Test
  void changelogState_whenDamaged_isReadOrCorrupt() throws IOException {
    ChangelogState state = new ChangelogState();
    state.nextIndex = 99;
    state.users.put("cl1", new ChangelogUserState("cl1", 5, Instant.ofEpochSecond(3, 4)));
    byte[] good = state.encode();
    assertThat(ChangelogState.decode(good, "state").users).isEqualTo(state.users);
    fuzz(good, bytes -> ChangelogState.decode(withChecksum(bytes, 4, 8), "fuzz"));
  }

  private static Shape shape() {
    return new Shape(
        "lustre",
        List.of(1L, 2L),
        List.of(3L, 4L, 5L),
        Map.of("fast", List.of(0, 1), "cheap", List.of(2)),
        Layout.plain(1));
  }

  @Test
  void superblock_whenDamaged_isReadOrCorrupt() throws IOException {
    byte[] good = Superblock.encode(shape());
    assertThat(Superblock.decode(good, "superblock")).isEqualTo(shape());
    fuzz(good, bytes -> Superblock.decode(withChecksum(bytes, 4, 8), "fuzz"));
  }

  @Test
  void journal_whenDamaged_isReadOrCorrupt() throws IOException {
    EntryText text = new EntryText(inode().fid, FileType.REGULAR);
    PathBytes name = PathBytes.of("n");
    Journal.Intent intent =
        new Journal.Intent(
            List.of(
                new HostStep.MakeDirectory(inode().fid),
                new HostStep.Enter(Fids.ROOT, name, text),
                new HostStep.Move(Fids.ROOT, name, Fids.ROOT, PathBytes.of("m"), text),
                new HostStep.Exchange(Fids.ROOT, name, Fids.ROOT, PathBytes.of("m"), text),
                new HostStep.Leave(Fids.ROOT, name, text),
                new HostStep.RemoveDirectory(inode().fid)),
            List.of(new Journal.Image(inode().fid, InodeCodec.encode(inode()))));
    byte[] good = Journal.encode(intent);
    Journal.Intent read = Journal.decode(good);
    assertThat(read.steps()).isEqualTo(intent.steps());
    assertThat(bytes(read.images().get(0).slot())).isEqualTo(bytes(intent.images().get(0).slot()));
    fuzz(good, Journal::decode);
  }

  @Test
  void entryText_whenAnything_isParsedAsFidsAre() {
    EntryText text = new EntryText(new Fid(-1L, -1, 0), FileType.SYMLINK);
    assertThat(EntryText.parse(text.toTarget())).isEqualTo(text);
    for (String bad :
        List.of(
            "",
            "[0x1:0x1:0x0]",
            "[0x1:0x1:0x0]x",
            "[0x1:0x1]f",
            "[0x1:0x1:0x0:0x0]f",
            "[0x11111111111111111:0x1:0x0]f",
            "[0x1::0x00000]f",
            "[1x1:0x1:0x0000]f",
            "[0xg:0x1:0x00000]f")) {
      assertThat(EntryText.parse(PathBytes.of(bad))).as(bad).isNull();
    }
  }

  @Test
  void fids_whenMadeOfSlots_giveThemBack() {
    for (int mdt = 0; mdt < 3; mdt++) {
      for (long slot : new long[] {1, 2, 0x1ffff, 0x20000, 0x3fffe, 0x3ffff, 10_000_000}) {
        Fid fid = Fids.of(mdt, slot);
        assertThat(Fids.mdt(fid)).isEqualTo(mdt);
        assertThat(Fids.slot(fid)).isEqualTo(slot);
        assertThat(Fids.isPossible(fid, 3)).isTrue();
        assertThat(Fids.isPossible(fid, mdt)).isFalse();
      }
    }
    assertThat(Fids.of(0, 0)).isEqualTo(Fids.ROOT);
    assertThat(Fids.of(1, 1)).hasToString("[0x240000401:0x1:0x0]");
  }
}
