// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileLayout;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No captured file is left unread: each is of a kind that is decoded here, the bytes being those
 * that the indexes list, which the tests of the decoders go through.
 */
class VectorFilesTest {
  /** Reads a file. */
  private interface Check {
    void of(Matcher name, byte[] bytes) throws Exception;
  }

  private static final Map<String, Map<String, Object>> LAYOUTS =
      byName("vectors/layouts/index.json");
  private static final Map<String, Map<String, Object>> STATES = byName("vectors/hsm/states.json");

  /** What is of no use beside the files that are read: said in the README.md beside them. */
  private static final Set<String> TEXTS_FOR_PEOPLE = Set.of("README.md");

  private static Map<String, Map<String, Object>> byName(String file) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    for (Object o : Json.list(Json.parse(Reference.text(file)))) {
      Map<String, Object> one = Json.map(o);
      found.put((String) one.get("name"), one);
    }
    return found;
  }

  private static Map<String, Check> checks() {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("vectors/layouts/(\\w+)\\.lum\\.bin", VectorFilesTest::layoutOfIoctl);
    checks.put("vectors/layouts/(\\w+)\\.(lustre\\.lov)\\.bin", VectorFilesTest::layoutOfXattr);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.lov)\\.bin", VectorFilesTest::layoutOfXattr);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.dmv)\\.bin", VectorFilesTest::stripes);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.lmv)\\.bin", VectorFilesTest::serverStripes);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.lma)\\.bin", VectorFilesTest::attributes);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.link)\\.bin", VectorFilesTest::links);
    checks.put("vectors/layouts/(\\w+)\\.(trusted\\.som)\\.bin", VectorFilesTest::size);
    checks.put("vectors/layouts/(\\w+)\\.getstripe\\.(txt|yaml)", VectorFilesTest::getstripe);
    checks.put("vectors/layouts/index\\.json", (m, bytes) -> assertThat(LAYOUTS).hasSize(27));
    checks.put("vectors/hsm/state\\.(\\w+)\\.(hus|hca|lum)\\.bin", VectorFilesTest::state);
    checks.put("vectors/hsm/state\\.(\\w+)\\.(trusted\\.hsm)\\.bin", VectorFilesTest::staleState);
    checks.put(
        "vectors/hsm/state\\.(\\w+)\\.((?:lustre|trusted)\\.\\w+)\\.bin",
        VectorFilesTest::stateXattr);
    checks.put("vectors/hsm/state\\.(\\w+)\\.getstripe\\.(yaml)", VectorFilesTest::getstripe);
    checks.put("vectors/hsm/states\\.json", (m, bytes) -> assertThat(STATES).hasSize(29));
    checks.put(
        "vectors/hsm/ct_\\w+/hal-\\d{3}\\.bin",
        (m, bytes) ->
            assertThat(ActionListCodec.encode(ActionListCodec.decode(ByteBuffer.wrap(bytes))))
                .isEqualTo(bytes));
    checks.put(
        "vectors/hsm/ct_raw/kuc-\\d{3}\\.bin",
        (m, bytes) ->
            assertThat(ActionListCodec.decodeMessage(ByteBuffer.wrap(bytes))).isPresent());
    checks.put("vectors/hsm/ct_\\w+/ct\\.log", readBy(CopytoolLogVectorsTest.class));
    checks.put("vectors/events/work\\.jsonl", readBy(CopytoolLogVectorsTest.class));
    checks.put("vectors/hsm/action_lists\\.json", readBy(ActionListCodecTest.class));
    checks.put("vectors/hsm/params\\.(\\w+)\\.txt", readBy(ServerTextTest.class));
    checks.put("vectors/changelog/(\\w+\\.MDT000\\d\\.\\w+)\\.bin", VectorFilesTest::changelog);
    checks.put("vectors/changelog/(\\w+\\.MDT000\\d\\.\\w+)\\.log", VectorFilesTest::reads);
    checks.put("vectors/changelog/(\\w+\\.api\\.\\w+)\\.bin", VectorFilesTest::libraryRecords);
    checks.put("vectors/changelog/.*\\.decoded\\.jsonl", readBy(ChangelogDecoderTest.class));
    checks.put("vectors/changelog/\\w+\\.MDT000\\d\\.txt", readBy(ChangelogDecoderTest.class));
    checks.put(
        "vectors/changelog/\\w+\\.params\\.txt",
        (m, bytes) ->
            assertThat(
                    ServerText.users(
                            text(bytes)
                                .replaceAll("(?s)\\nmdd.*", "")
                                .replaceFirst(".*\\n", "")
                                .lines()
                                .toList())
                        .users())
                .hasSize(1));
    checks.put(
        "vectors/errno/errs\\.jsonl", // each line is read by StubErrnoTest
        (m, bytes) -> assertThat(text(bytes)).contains("\"errno_name\":\"ESTALE\""));
    checks.put("reference/(lustre-abi|constants)\\.json", readBy(AbiTest.class));
    checks.put(
        "reference/fixtures\\.json",
        (m, bytes) -> assertThat(Reference.fixtures("")).hasSizeGreaterThan(10));
    checks.put(
        "reference/functions\\.json", // read by BoundFunctionsTest and StubbedLustreContractTest
        (m, bytes) -> assertThat(Json.map(Json.object(text(bytes)).get("functions"))).hasSize(95));
    checks.put("reference/observed-without-mount\\.json", readBy(ObservedWithoutMountTest.class));
    return checks;
  }

  /** For files that a test reads whole: it is there, and the file is not empty. */
  private static Check readBy(Class<?> test) {
    return (m, bytes) -> {
      assertThat(test.getSimpleName()).endsWith("Test");
      assertThat(bytes).isNotEmpty();
    };
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, Object> layoutNamed(Matcher m) {
    return Objects.requireNonNull(LAYOUTS.get(m.group(1)), m.group(1));
  }

  /** The bytes are those of the index. */
  private static void indexed(Matcher m, String field, byte[] bytes) {
    Map<String, Object> files = Json.map(layoutNamed(m).get("files"));
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(Json.map(files.get(field)).get("hex"));
  }

  private static void layoutOfIoctl(Matcher m, byte[] bytes) throws Exception {
    indexed(m, "llapi_file_get_stripe", bytes);
    boolean isFolder = m.group(1).startsWith("dir_") || m.group(1).equals("root");
    LayoutSource source = isFolder ? LayoutSource.DIRECTORY : LayoutSource.FILE;
    FileLayout layout = LayoutDecoder.decode(ByteBuffer.wrap(bytes), source);
    assertThat(layout.components()).isNotEmpty();
  }

  private static void layoutOfXattr(Matcher m, byte[] bytes) throws Exception {
    indexed(m, m.group(2), bytes);
    FileLayout layout = LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.XATTR);
    assertThat(layout.toString()).isNotEmpty();
  }

  private static void stripes(Matcher m, byte[] bytes) throws Exception {
    indexed(m, m.group(2), bytes);
    assertThat(DirectoryStripes.decode(ByteBuffer.wrap(bytes)).encode()).isEqualTo(bytes);
  }

  private static void serverStripes(Matcher m, byte[] bytes) throws Exception {
    indexed(m, m.group(2), bytes);
    ServerStripes stripes = ServerStripes.decode(ByteBuffer.wrap(bytes));
    assertThat(stripes.encode()).isEqualTo(bytes);
    // Its own struct: never taken for the one that clients are told.
    assertThatThrownBy(() -> DirectoryStripes.decode(ByteBuffer.wrap(bytes)))
        .isInstanceOf(ProviderException.class);
  }

  private static void attributes(Matcher m, byte[] bytes) throws Exception {
    indexed(m, m.group(2), bytes);
    InodeAttributes attributes = InodeAttributes.decode(ByteBuffer.wrap(bytes));
    assertThat(attributes.fid()).isEqualTo(Fid.parse((String) layoutNamed(m).get("fid")));
    assertThat(attributes.encode()).isEqualTo(bytes);
  }

  private static void links(Matcher m, byte[] bytes) throws Exception {
    indexed(m, m.group(2), bytes);
    assertThat(Links.decode(ByteBuffer.wrap(bytes)).encode()).isEqualTo(bytes);
  }

  /** Kmesh asks no size on the MDT, which may be stale. */
  private static void size(Matcher m, byte[] bytes) {
    indexed(m, m.group(2), bytes);
    assertThat(bytes).hasSize(24);
  }

  /** LayoutTextTest prints the same; a layout that there is none of is one line. */
  private static void getstripe(Matcher m, byte[] bytes) {
    assertThat(LAYOUTS.containsKey(m.group(1)) || STATES.containsKey(m.group(1))).isTrue();
    assertThat(bytes).isNotEmpty();
  }

  private static void state(Matcher m, byte[] bytes) throws Exception {
    Map<String, Object> state = Objects.requireNonNull(STATES.get(m.group(1)), m.group(1));
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(state.get(m.group(2) + "_hex"));
    switch (m.group(2)) {
      case "hus" ->
          assertThat((String) state.get("lfs_hsm_state"))
              .endsWith(": " + HsmStructs.state(ByteBuffer.wrap(bytes)));
      case "hca" -> HsmStructs.currentAction(ByteBuffer.wrap(bytes));
      default ->
          assertThat(LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.FILE).components())
              .isNotEmpty();
    }
  }

  private static void stateXattr(Matcher m, byte[] bytes) throws Exception {
    Map<String, Object> state = Objects.requireNonNull(STATES.get(m.group(1)), m.group(1));
    Object hex = Json.map(state.get("xattrs")).get(m.group(2));
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(hex);
    switch (m.group(2)) {
      case "trusted.lma" ->
          assertThat(InodeAttributes.decode(ByteBuffer.wrap(bytes)).fid())
              .isEqualTo(Fid.parse((String) state.get("fid")));
      case "trusted.som" -> assertThat(bytes).hasSize(24);
      default -> LayoutDecoder.decode(ByteBuffer.wrap(bytes), LayoutSource.XATTR);
    }
  }

  /** Kmesh never reads it: through a client it was stale. */
  private static void staleState(Matcher m, byte[] bytes) {
    Map<String, Object> state = Objects.requireNonNull(STATES.get(m.group(1)), m.group(1));
    Object hex = Json.map(state.get("xattrs")).get(m.group(2));
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(hex);
    assertThat(bytes).hasSize(24);
  }

  private static int records(byte[] bytes) throws Exception {
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    decoder.feed(ByteBuffer.wrap(bytes));
    int count = 0;
    while (decoder.next() != null) {
      count++;
    }
    assertThat(decoder.pending()).isZero();
    return count;
  }

  private static void changelog(Matcher m, byte[] bytes) throws Exception {
    int printed =
        Reference.text("vectors/changelog/" + m.group(1).replaceAll("\\.\\w+$", "") + ".txt")
            .replace("new\nline", "")
            .lines()
            .toList()
            .size();
    assertThat(records(bytes)).isEqualTo(printed);
  }

  private static void reads(Matcher m, byte[] bytes) {
    int size = Reference.bytes("vectors/changelog/" + m.group(1) + ".bin").length;
    assertThat(text(bytes)).endsWith("total " + size + " bytes\n");
  }

  private static void libraryRecords(Matcher m, byte[] bytes) throws Exception {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int length = in.getInt();
      assertThat(records(Wire.copy(in, in.position(), length))).isEqualTo(1);
      in.position(in.position() + length);
    }
  }

  private static List<String> files() throws Exception {
    URL readme =
        Objects.requireNonNull(
            VectorFilesTest.class.getResource("/io/kmesh/lustre/vectors/README.md"));
    Path root = Objects.requireNonNull(Path.of(URI.create(readme.toString())).getParent());
    Path all = Objects.requireNonNull(root.getParent());
    try (Stream<Path> files = Files.walk(all)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> all.relativize(file).toString())
          .filter(name -> name.startsWith("vectors/") || name.startsWith("reference/"))
          .sorted()
          .toList();
    }
  }

  @Test
  void everyFile_isRead() throws Exception {
    Map<String, Check> checks = checks();
    Set<String> unused = new TreeSet<>(checks.keySet());
    List<String> unread = new java.util.ArrayList<>();
    List<String> files = files();
    assertThat(files).hasSizeGreaterThan(500);
    for (String file : files) {
      if (TEXTS_FOR_PEOPLE.contains(file.substring(file.lastIndexOf('/') + 1))) {
        continue;
      }
      boolean isRead = false;
      for (Map.Entry<String, Check> check : checks.entrySet()) {
        Matcher m = Pattern.compile(check.getKey()).matcher(file);
        if (m.matches()) {
          try {
            check.getValue().of(m, Reference.bytes(file));
          } catch (Exception | AssertionError e) {
            throw new AssertionError(file + ": " + e, e);
          }
          unused.remove(check.getKey());
          isRead = true;
          break;
        }
      }
      if (!isRead) {
        unread.add(file);
      }
    }
    assertThat(unread).as("files that nothing reads").isEmpty();
    assertThat(unused).as("kinds of which there is no file").isEmpty();
  }
}
