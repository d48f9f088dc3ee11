// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OrderedBufferTest {
  private final OrderedBuffer buffer = new OrderedBuffer();
  private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

  private void put(byte[] key, byte[] value) {
    buffer.put(key, value);
    model.put(key, value);
  }

  private void requireSame() {
    assertThat(buffer.isEmpty()).isEqualTo(model.isEmpty());
    var expected = model.entrySet().iterator();
    for (Map.Entry<byte[], byte[]> one : buffer.all()) {
      Map.Entry<byte[], byte[]> right = expected.next();
      assertThat(one.getKey()).isEqualTo(right.getKey());
      assertThat(one.getValue()).isEqualTo(right.getValue());
      assertThat(one.getValue() == OrderedBuffer.NONE)
          .isEqualTo(right.getValue() == OrderedBuffer.NONE);
    }
    assertThat(expected.hasNext()).isFalse();
  }

  private void requireCeiling(byte[] key) {
    Map.Entry<byte[], byte[]> right = model.ceilingEntry(key);
    Map.Entry<byte[], byte[]> found = buffer.ceiling(key);
    if (right == null) {
      assertThat(found).isNull();
    } else {
      assertThat(found).isNotNull();
      assertThat(found.getKey()).isEqualTo(right.getKey());
      assertThat(found.getValue()).isEqualTo(right.getValue());
    }
    assertThat(buffer.has(key)).isEqualTo(model.containsKey(key));
    assertThat(buffer.get(key)).isEqualTo(model.get(key));
  }

  private static byte[] key(Random random, int most) {
    int number = random.nextInt(most);
    return number == 0
        ? new byte[0]
        : ByteBuffer.allocate(8).put((byte) (number % 3)).putInt(1, number).array();
  }

  private static byte[] value(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> OrderedBuffer.NONE;
      case 1 -> new byte[0];
      case 2 -> bytes(random, random.nextInt(20_000));
      default -> bytes(random, random.nextInt(60));
    };
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void anyChanges_areFoundInOrder() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 6000; i++) {
        byte[] key = key(random, 1500);
        if (random.nextInt(4) == 0) {
          buffer.forget(key);
          model.remove(key);
        } else {
          put(key, value(random));
        }
        requireCeiling(key(random, 1500));
      }
      requireSame();
      buffer.clear();
      model.clear();
      requireSame();
    }
  }

  @Test
  void keysThatAscend_orDescend_areFoundInOrder() {
    for (int i = 1; i <= 3000; i++) {
      put(ByteBuffer.allocate(5).put((byte) 1).putInt(i).array(), new byte[] {(byte) i});
      put(ByteBuffer.allocate(5).put((byte) 0).putInt(-i).array(), new byte[] {(byte) i});
      put(ByteBuffer.allocate(5).put((byte) 2).putInt(i).array(), OrderedBuffer.NONE);
    }
    requireSame();
  }

  @Test
  void valueThatIsLarge_standsBesideSmallOnes() {
    Random random = new Random(1);
    put(new byte[] {1}, bytes(random, 300));
    put(new byte[] {2}, bytes(random, 3 << 20));
    put(new byte[] {3}, bytes(random, 300));
    put(new byte[] {3}, bytes(random, 1 << 18));
    put(new byte[] {4}, new byte[0]);
    put(new byte[] {2}, bytes(random, 10));
    requireSame();
  }

  @Test
  void keyThatChangesForEver_takesNoMoreMemory() {
    Random random = new Random(1);
    put(new byte[] {1}, bytes(random, 1000));
    for (int i = 0; i < 20_000; i++) {
      put(new byte[] {2}, bytes(random, 1 + (i % 2) * 999));
      buffer.put(new byte[] {3}, new byte[100]);
      buffer.forget(new byte[] {3});
    }
    requireSame();
    assertThat(buffer.bytes()).isLessThan(3 << 20);
  }
}
