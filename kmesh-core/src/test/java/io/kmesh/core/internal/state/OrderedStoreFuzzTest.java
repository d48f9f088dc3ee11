// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Rows of an ordered store that are none: what they hold, or damage, never another exception. */
class OrderedStoreFuzzTest {
  private static final Path FILE = Path.of("/flow.db");

  private static OrderedEntries entries() {
    OrderedEntries entries = new OrderedEntries();
    entries.add(new byte[] {'k'}, new byte[0]);
    entries.add(new byte[] {'l', 0}, new byte[] {1, 2, 3});
    return entries;
  }

  private static byte[] withChecksum(byte[] row) {
    if (row.length >= Integer.BYTES) {
      CRC32C crc = new CRC32C();
      crc.update(row, Integer.BYTES, row.length - Integer.BYTES);
      ByteBuffer.wrap(row).putInt(0, (int) crc.getValue());
    }
    return row;
  }

  private static void decodeBlock(byte[] row) {
    try {
      OrderedBlock block = OrderedBlock.decode(7, row, FILE);
      for (int i = 0; i < block.size(); i++) {
        assertThat(block.key(i).length).isLessThanOrEqualTo(OrderedStore.MOST_KEY);
        block.value(i);
      }
      OrderedEntries copy = new OrderedEntries();
      copy.addAll(block, 0, block.size());
      OrderedBlock again =
          OrderedBlock.of(7, block.first(), block.end(), copy.array(), copy.starts(0, copy.size()));
      assertThat(again.data()).isEqualTo(row);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContainingAll(FILE.toString(), "block 7");
    }
  }

  private static void readLog(byte[] row) {
    try {
      ChangeLog.read(9, row, new OrderedBuffer(), FILE);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContainingAll(FILE.toString(), "log row 9");
    }
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void rows_ofAnyBytesWithARightChecksum_areRows_orDamage(@ForAll @Size(max = 100) byte[] bytes) {
    decodeBlock(withChecksum(bytes.clone()));
    byte[] log = Arrays.copyOf(bytes, Math.max(12, bytes.length));
    ByteBuffer.wrap(log).putLong(Integer.BYTES, 9);
    readLog(withChecksum(log));
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void rows_damagedAnywhere_areRows_orDamage(
      @ForAll @IntRange(max = 100) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 100) int length,
      @ForAll boolean rightChecksum) {
    OrderedEntries entries = entries();
    byte[] end = rightChecksum ? new byte[] {'z'} : null;
    byte[] block =
        OrderedBlock.of(7, new byte[] {'a'}, end, entries.array(), entries.starts(0, 2)).data();
    byte[] log = ChangeLog.encode(9, entries);
    for (byte[] row : new byte[][] {block, log}) {
      byte[] bad = row.clone();
      bad[at % bad.length] = value;
      bad = Arrays.copyOf(bad, Math.min(bad.length, length));
      if (rightChecksum) {
        withChecksum(bad);
      }
      if (row == block) {
        decodeBlock(bad);
      } else {
        readLog(bad);
      }
    }
  }
}
