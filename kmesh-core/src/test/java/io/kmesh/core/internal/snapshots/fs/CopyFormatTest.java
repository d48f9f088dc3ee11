// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The stored form of virtual copies: docs/format/virtual-copy.md. */
class CopyFormatTest {
  private static final InodeState ROOT =
      new InodeState(
          1,
          FileType.DIRECTORY,
          0755,
          1000,
          100,
          new FileTime(1_700_000_000, 5),
          new FileTime(-1, 0),
          1,
          77,
          0,
          0,
          false,
          PathBytes.EMPTY,
          PathBytes.EMPTY,
          PathBytes.EMPTY,
          0,
          0,
          0,
          Map.of());

  private static final InodeState FILE =
      new InodeState(
          2,
          FileType.REGULAR,
          04644,
          0,
          0,
          new FileTime(1, 2),
          new FileTime(3, 4),
          2,
          300,
          9,
          0,
          true,
          PathBytes.of("d/f"),
          PathBytes.of("d/f"),
          PathBytes.EMPTY,
          3,
          5_000_000,
          4_000_000,
          Map.of(
              PathBytes.of("user.a"), Optional.of(new byte[] {1, 2}),
              PathBytes.of("user.b"), Optional.empty()));

  private static final List<Change> CHANGES =
      List.of(
          new Change.Head("0123456789abcdef", "fedcba9876543210", 4),
          new Change.Put(ROOT),
          new Change.Put(FILE),
          new Change.Blocks(2, 1, 3),
          new Change.Name(1, PathBytes.of("x"), 2),
          new Change.Name(1, PathBytes.of("gone"), 0),
          new Change.NoName(1, PathBytes.of("y")),
          new Change.Gone(2));

  static String hex() {
    return HexFormat.of().formatHex(ChangeCodec.write(CHANGES));
  }

  @Test
  void goldenVector_isWrittenAndRead() throws IOException {
    String golden = Files.readString(document());
    assertThat(golden.replaceAll("\\s", "")).contains(hex());
    assertThat(ChangeCodec.write(ChangeCodec.read(HexFormat.of().parseHex(hex()), "x")))
        .isEqualTo(ChangeCodec.write(CHANGES));
  }

  private static Path document() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("docs/format/virtual-copy.md"))) {
      here = here.getParent();
    }
    return here.resolve("docs/format/virtual-copy.md");
  }

  private static void read(byte[] bytes) {
    try {
      List<Change> changes = ChangeCodec.read(bytes, "it");
      assertThat(ChangeCodec.write(changes)).isEqualTo(bytes);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void anyBytes_areChangesOrDamage(@ForAll @Size(max = 200) byte[] bytes) {
    read(bytes);
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void damagedChanges_areOthersOrDamage(
      @ForAll @IntRange(max = 2000) int at, @ForAll byte value, @ForAll boolean cuts) {
    byte[] bytes = ChangeCodec.write(CHANGES);
    bytes[at % bytes.length] = value;
    read(cuts ? Arrays.copyOf(bytes, (at * 7) % bytes.length) : bytes);
  }

  @Tag("fuzz")
  @Property(tries = 300)
  void journal_damagedAnywhere_losesItsTailOrIsRefused(
      @ForAll @IntRange(max = 10_000) int at, @ForAll byte value, @ForAll boolean cuts)
      throws IOException {
    Path folder = Files.createTempDirectory("kmesh-journal");
    try {
      List<List<Change>> written = new ArrayList<>();
      try (NioOverlayFiles files = NioOverlayFiles.open(folder)) {
        Journal journal = Journal.create(files, CHANGES.subList(0, 2));
        written.add(CHANGES.subList(0, 2));
        for (int i = 2; i < CHANGES.size(); i++) {
          journal.append(CHANGES.subList(i, i + 1));
          written.add(CHANGES.subList(i, i + 1));
        }
        journal.close();
        Path file = folder.resolve(Journal.FILE);
        byte[] bytes = Files.readAllBytes(file);
        byte before = bytes[at % bytes.length];
        bytes[at % bytes.length] = value;
        Files.write(file, cuts ? Arrays.copyOf(bytes, at % bytes.length) : bytes);
        List<byte[]> found = new ArrayList<>();
        try {
          Journal.open(files, changes -> found.add(ChangeCodec.write(changes))).close();
          assertThat(found.size()).isLessThanOrEqualTo(written.size());
          if (!cuts && before == value) {
            assertThat(found).hasSameSizeAs(written);
          }
          for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).isEqualTo(ChangeCodec.write(written.get(i)));
          }
        } catch (ProviderException e) {
          assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
          assertThat(found).hasSizeLessThan(written.size());
        }
      }
    } finally {
      CopyModelTest.delete(folder);
    }
  }

  @Test
  void journal_damagedBeforeWhatWasDurable_isRefused() throws IOException {
    Path folder = Files.createTempDirectory("kmesh-journal");
    try (NioOverlayFiles files = NioOverlayFiles.open(folder)) {
      Journal journal = Journal.create(files, CHANGES.subList(0, 2));
      journal.append(CHANGES.subList(2, 3));
      long middle = journal.size();
      journal.append(CHANGES.subList(4, 5));
      journal.sync();
      journal.append(CHANGES.subList(5, 6));
      journal.close();
      Path file = folder.resolve(Journal.FILE);
      byte[] bytes = Files.readAllBytes(file);
      bytes[(int) middle + 21] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> Journal.open(files, changes -> {}))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    } finally {
      CopyModelTest.delete(folder);
    }
  }

  @Test
  void journalOfOtherVersion_isRefused() throws IOException {
    Path folder = Files.createTempDirectory("kmesh-journal");
    try (NioOverlayFiles files = NioOverlayFiles.open(folder)) {
      Journal.create(files, CHANGES.subList(0, 2)).close();
      Path file = folder.resolve(Journal.FILE);
      byte[] bytes = Files.readAllBytes(file);
      bytes[4] = 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> Journal.open(files, changes -> {}))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED));
    } finally {
      CopyModelTest.delete(folder);
    }
  }

  @Tag("fuzz")
  @Property(tries = 500)
  void overlay_ofAnyChanges_opensOrIsRefused(
      @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 7) Integer> picks) throws IOException {
    Path folder = Files.createTempDirectory("kmesh-journal");
    try (NioOverlayFiles files = NioOverlayFiles.open(folder)) {
      List<Change> changes = new ArrayList<>(List.of(CHANGES.get(0)));
      picks.forEach(pick -> changes.add(CHANGES.get(pick)));
      Journal.create(files, changes).close();
      try {
        Overlay.open(files, Overlay.SMALL).sync();
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      }
    } finally {
      CopyModelTest.delete(folder);
    }
  }
}
