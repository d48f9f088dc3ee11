// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Page;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Sha256;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Entries of catalogs: their form for ever, and what is none is a failure. */
class HsmEntryFuzzTest {
  private static final FileTime TIME = new FileTime(5, 6);
  private static final HsmEntry ENTRY =
      HsmEntry.of(
          new Fid(0x200000401L, 0x1a, 0),
          77,
          new Sha256(new byte[32]),
          PathBytes.of("job/a"),
          Instant.ofEpochSecond(9, 8),
          new FileStat(FileType.REGULAR, 0640, 1, 2, 3, 8, 1, 44, 1, 0, TIME, TIME, TIME),
          new Content.Data(3, ChunkList.of(new ChunkName(1, 2, 3), 3)));

  private static void decode(byte[] bytes) {
    try {
      TreeNode node = Page.readRoot(bytes, "it");
      assertThat(HsmEntry.of(node).fid()).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  @Test
  void entries_haveTheFormThatIsWritten() throws ProviderException {
    byte[] bytes = Page.writeRoot(ENTRY.toNode());
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "002030303030303030323030303030343031303030303030316130303030303030300104a0030102"
                + "0a06080858030a6b6d6573682e70617468056a6f622f610c6b6d6573682e73686132353620000000"
                + "00000000000000000000000000000000000000000000000000000000000d6b6d6573682e76657273"
                + "696f6e08000000000000004d030100000000000000000100000000000000020000000000000003");
    HsmEntry read = HsmEntry.of(Page.readRoot(bytes, "it"));
    assertThat(read.toNode()).isEqualTo(ENTRY.toNode());
    assertThat(read.fid()).isEqualTo(ENTRY.fid());
    assertThat(read.dataVersion()).isEqualTo(77);
    assertThat(HsmEntry.name(new Fid(-1, -2, 3)).toString())
        .isEqualTo("fffffffffffffffffffffffe00000003");
  }

  @Property(tries = 200)
  void namesSortAsFids(@ForAll long a, @ForAll long b, @ForAll int oid, @ForAll int other)
      throws ProviderException {
    Fid first = new Fid(a, oid, 0);
    Fid second = new Fid(b, other, 0);
    assertThat(Integer.signum(HsmEntry.name(first).compareTo(HsmEntry.name(second))))
        .isEqualTo(Integer.signum(first.compareTo(second)));
    assertThat(HsmEntry.fid(HsmEntry.name(first))).isEqualTo(first);
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void read_damagedAnywhere_isAValue_orDamage(
      @ForAll @IntRange(max = 500) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 300) int length) {
    byte[] bytes = Page.writeRoot(ENTRY.toNode());
    bytes[at % bytes.length] = value;
    decode(bytes);
    decode(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
  }
}
