// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Crc32c;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MirrorAttributesTest {
  private static FileStat stat(FileTime atime, FileTime mtime, int mode) {
    return new FileStat(FileType.REGULAR, mode, 1000, 100, 5, 8, 1, 7, 1, 0, atime, mtime, mtime);
  }

  @Test
  void at_whenGoldenVector_isAsTheFormatSays() throws Exception {
    PathBytes path =
        PathBytes.of(new byte[] {'c', 'a', 'f', (byte) 0xc3, (byte) 0xa9, (byte) 0xff});
    SortedMap<PathBytes, byte[]> xattrs =
        new TreeMap<>(Map.of(PathBytes.of("user.k"), new byte[] {'v'}));
    Extents whole = Extents.whole(5);
    Draft draft =
        new Draft(
            Fid.parse("[0x200000401:0x1:0x0]"),
            path,
            MirrorAttributes.of(
                    stat(
                        new FileTime(-2, 500_000_000),
                        new FileTime(1_700_000_000, 123_456_789),
                        04755))
                .xattrs(xattrs),
            whole,
            77,
            1,
            "000102030405060708090a0b0c0d0e0f");
    Content content = new Content(whole);
    content.add(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)), (p, o) -> {});
    Content.Digests digests = content.end();
    String key = new MirrorKeys(0, 1024).ofFile(path);

    assertThat(key).isEqualTo("café%FF");
    assertThat(draft.at(key).content(whole, digests.content(), digests.body()).values())
        .containsExactly(
            Map.entry("kmesh-atime", "-1500000000"),
            Map.entry("kmesh-attempt", "000102030405060708090a0b0c0d0e0f"),
            Map.entry("kmesh-data-version", "77"),
            Map.entry("kmesh-fid", "[0x200000401:0x1:0x0]"),
            Map.entry("kmesh-format", "mirror/0"),
            Map.entry("kmesh-gid", "100"),
            Map.entry("kmesh-mode", "4755"),
            Map.entry("kmesh-mtime", "1700000000123456789"),
            Map.entry(
                "kmesh-sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            Map.entry("kmesh-size", "5"),
            Map.entry("kmesh-type", "file"),
            Map.entry("kmesh-uid", "1000"),
            Map.entry("kmesh-xattrs", "AAZ1c2VyLmsAAAABdg=="));
  }

  @Property(tries = 500)
  void time_whenAnyTime_comesBack(@ForAll long seconds, @ForAll int nanos) throws Exception {
    FileTime time = new FileTime(seconds, Math.floorMod(nanos, 1_000_000_000));
    MirrorAttributes a = MirrorAttributes.of(stat(time, time, 0644));
    assertThat(MirrorAttributes.read("k", a.values()).time(MirrorAttributes.MTIME)).contains(time);
  }

  @Property(tries = 2000)
  void accessors_whenAnyText_giveAValueOrCorrupt(@ForAll String text) {
    Map<String, String> values = new TreeMap<>();
    for (String name :
        new String[] {
          MirrorAttributes.MODE, MirrorAttributes.MTIME, MirrorAttributes.SIZE,
          MirrorAttributes.SHA256, MirrorAttributes.FID, MirrorAttributes.DATA_VERSION,
          MirrorAttributes.RDEV, MirrorAttributes.XATTRS, MirrorAttributes.EXTENTS,
          MirrorAttributes.PATH, MirrorAttributes.TARGET, MirrorAttributes.CRC32C
        }) {
      values.put(name, text);
    }
    values.put(MirrorAttributes.FORMAT, MirrorAttributes.VERSION);
    attempt(() -> MirrorAttributes.read("k", values).mode());
    attempt(() -> MirrorAttributes.read("k", values).time(MirrorAttributes.MTIME));
    attempt(() -> MirrorAttributes.read("k", values).number(MirrorAttributes.SIZE, 100));
    attempt(() -> MirrorAttributes.read("k", values).sha256(MirrorAttributes.SHA256));
    attempt(() -> MirrorAttributes.read("k", values).crc32c());
    attempt(() -> MirrorAttributes.read("k", values).fid());
    attempt(() -> MirrorAttributes.read("k", values).dataVersion());
    attempt(() -> MirrorAttributes.read("k", values).rdev());
    attempt(() -> MirrorAttributes.read("k", values).xattrs());
    attempt(() -> MirrorAttributes.read("k", values).extents());
    attempt(() -> MirrorAttributes.read("k", values).path("k"));
    attempt(() -> MirrorAttributes.read("k", values).target("k"));
    attempt(() -> SplitAttributes.readSide("k", text.getBytes(StandardCharsets.UTF_8)));
    values.put(MirrorAttributes.FORMAT, text);
    attempt(() -> MirrorAttributes.read("k", values));
  }

  @Property(tries = 1000)
  void unpack_whenAnyBytes_givesXattrsOrRefuses(@ForAll byte[] bytes) {
    String text = java.util.Base64.getEncoder().encodeToString(bytes);
    try {
      SortedMap<PathBytes, byte[]> xattrs = PackedXattrs.unpack(text);
      assertThat(PackedXattrs.pack(xattrs)).isEqualTo(text);
    } catch (IllegalArgumentException e) {
      assertThat(e).isNotNull();
    }
  }

  @Test
  void crc32c_isEightSmallDigits() throws Exception {
    MirrorAttributes a = MirrorAttributes.ofType("file");
    assertThat(a.crc32c()).isEmpty();
    for (int value : new int[] {0, 1, 0xe3069283, -1}) {
      Crc32c crc = new Crc32c(value);
      assertThat(a.put(MirrorAttributes.CRC32C, crc.toString()).crc32c()).contains(crc);
    }
    for (String text :
        new String[] {"", "e306928", "0e3069283", "E3069283", "+3069283", "0x069283"}) {
      a.put(MirrorAttributes.CRC32C, text);
      assertThatThrownBy(a::crc32c).as(text).isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void extents_whenOutOfOrder_areRefused() {
    for (String text :
        new String[] {"0+10,10+5", "5+5,0+2", "0+0", "90+11", "-1+5", "1", "+", "1+", "a+b", ","}) {
      assertThatThrownBy(() -> Extents.parse(text, 100))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Extents.parse("", 100).bodySize()).isZero();
    assertThat(Extents.parse("0+10,20+80", 100).text()).isEqualTo("0+10,20+80");
  }

  @Test
  void split_whenTooLarge_movesTheLargestAside() {
    TreeMap<String, String> values = new TreeMap<>();
    values.put(MirrorAttributes.FORMAT, MirrorAttributes.VERSION);
    values.put(MirrorAttributes.XATTRS, "x".repeat(3000));
    values.put(MirrorAttributes.PATH, "p".repeat(500));
    SplitAttributes split = SplitAttributes.of(values, 2000, Set.of(), ".kmesh/side/1");
    assertThat(split.side()).containsOnlyKeys(MirrorAttributes.XATTRS);
    assertThat(split.metadata())
        .containsOnlyKeys(MirrorAttributes.FORMAT, MirrorAttributes.PATH, MirrorAttributes.SIDE);
  }

  @Test
  void read_whenNewerFormat_isRefused() {
    assertThatThrownBy(() -> MirrorAttributes.read("k", Map.of("kmesh-format", "mirror/1")))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED));
  }

  private interface Read {
    Object run() throws ProviderException;
  }

  private static void attempt(Read read) {
    try {
      assertThat(read.run()).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.INVALID, ErrorKind.UNSUPPORTED);
    }
  }
}
