// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Boundaries, filters and frames that another program made: vectors.txt says how. */
class ChunkVectorsTest {
  private static final HexFormat HEX = HexFormat.of();

  @TestFactory
  Stream<DynamicTest> vectors() throws IOException {
    try (InputStream in = ChunkVectorsTest.class.getResourceAsStream("vectors.txt")) {
      List<String> lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(l -> !l.startsWith("#"))
              .toList();
      assertThat(lines).hasSize(10);
      return lines.stream()
          .map(l -> DynamicTest.dynamicTest(l.substring(0, Math.min(40, l.length())), () -> is(l)));
    }
  }

  private static void is(String line) throws ProviderException {
    String[] sides = line.split(" = ", -1);
    String[] given = sides[0].split(" ", -1);
    int first = Integer.parseInt(given[1]);
    switch (given[0]) {
      case "cuts" -> assertThat(join(cuts(given), " ")).isEqualTo(sides[1]);
      case "cuts-sha256" -> {
        List<Integer> cuts = cuts(given);
        ByteBuffer bytes = ByteBuffer.allocate(4 * cuts.size());
        cuts.forEach(bytes::putInt);
        assertThat(cuts.size() + " " + sha256(bytes.array())).isEqualTo(sides[1]);
      }
      case "shuffle" -> {
        byte[] content = HEX.parseHex(given[2]);
        byte[] filtered = new byte[content.length];
        ByteShuffle.shuffle(first, content, 0, content.length, filtered, 0);
        assertThat(HEX.formatHex(filtered)).isEqualTo(sides[1]);
      }
      case "frame" -> {
        byte[] body = HEX.parseHex(given[4]);
        try (FrameCodec codec = new FrameCodec()) {
          byte[] content =
              codec.decode(
                  first,
                  Integer.parseInt(given[2]),
                  body,
                  0,
                  body.length,
                  Integer.parseInt(given[3]));
          assertThat(sha256(content)).isEqualTo(sides[1]);
        }
      }
      default -> throw new AssertionError(line);
    }
  }

  private static List<Integer> cuts(String[] given) {
    ChunkProfile profile =
        new ChunkProfile(
            Integer.parseInt(given[1]), Integer.parseInt(given[2]), Integer.parseInt(given[3]));
    return GearChunkerTest.ends(
        new GearChunker(stream("gear", GearChunker.TABLE_BYTES), profile),
        stream("content", 2_000_000));
  }

  private static String join(List<Integer> numbers, String between) {
    return numbers.stream().map(n -> Integer.toString(n)).collect(Collectors.joining(between));
  }

  private static byte[] stream(String seed, int length) {
    ByteBuffer out = ByteBuffer.allocate(length);
    for (int i = 0; out.hasRemaining(); i++) {
      byte[] text = seed.getBytes(StandardCharsets.US_ASCII);
      byte[] digest = digest(ByteBuffer.allocate(text.length + 4).put(text).putInt(i).array());
      out.put(digest, 0, Math.min(digest.length, out.remaining()));
    }
    return out.array();
  }

  private static String sha256(byte[] bytes) {
    return HEX.formatHex(digest(bytes));
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
