// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stored form: the golden vector, and what is not it. */
class DirectoryStoreFormatTest {
  private static final String GOLDEN = "/io/kmesh/store/directory-store-0";
  private static final String LONG = "long/" + "n".repeat(250) + "/\u00e9";

  @TempDir Path directory;

  private Path root() {
    return directory.resolve("store");
  }

  /** The store of the golden vector, made anew. */
  private static void makeGolden(Path root) throws IOException {
    ManualTime time = ManualTime.create();
    Random numbers = new Random(1);
    try (DirectoryStore store =
        DirectoryStore.builder(root).time(time).generations(numbers::nextLong).open()) {
      BlockingObjectStore calls = store.blocking();
      calls.put("empty", ByteBuffer.allocate(0), PutOptions.NONE);
      time.advance(Duration.ofNanos(86_400_000_000_001L));
      calls.put(
          "dir/../a b",
          utf8("hello\n"),
          PutOptions.NONE.withMetadata(Map.of("kmesh-mode", "0100644", "z", "")));
      byte[] bytes = new byte[3000];
      new Random(2).nextBytes(bytes);
      calls.put(LONG, ByteBuffer.wrap(bytes), PutOptions.NONE);
      calls.put("pack", utf8("sealed"), PutOptions.NONE.withCrc32c(Crc32c.of(utf8("sealed"))));
    }
  }

  private static Path golden() throws URISyntaxException {
    URL url = Objects.requireNonNull(DirectoryStoreFormatTest.class.getResource(GOLDEN));
    return Path.of(url.toURI());
  }

  @Test
  void write_whenAsTheGoldenVector_givesItsBytes() throws Exception {
    String update = System.getProperty("kmesh.golden.update");
    if (update != null) {
      makeGolden(Path.of(update));
      Files.writeString(Path.of(update).resolve("expected.txt"), describe(Path.of(update)));
    }
    makeGolden(root());
    assertThat(objectFiles(root())).isEqualTo(objectFiles(golden()));
    assertThat(Files.readString(root().resolve("kmesh-store")))
        .isEqualTo(Files.readString(golden().resolve("kmesh-store")));
  }

  @Test
  void read_whenGoldenVector_givesWhatIsExpected() throws Exception {
    copyTree(golden(), root());
    Files.delete(root().resolve("expected.txt"));
    assertThat(describe(root())).isEqualTo(Files.readString(golden().resolve("expected.txt")));
  }

  private static String describe(Path root) throws IOException {
    StringBuilder text = new StringBuilder();
    try (DirectoryStore store = DirectoryStore.at(root)) {
      for (ObjectInfo info : store.blocking().list(ListRequest.prefix("")).objects()) {
        text.append(HexFormat.of().formatHex(info.key().getBytes(StandardCharsets.UTF_8)))
            .append(' ')
            .append(info.etag())
            .append(' ')
            .append(info.size())
            .append(' ')
            .append(info.sha256().map(Sha256::toString).orElse("-"))
            .append(' ')
            .append(info.lastModified())
            .append(' ')
            .append(info.metadata())
            .append('\n');
      }
    }
    return text.toString();
  }

  private static Map<String, String> objectFiles(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    Path objects = root.resolve("objects");
    try (Stream<Path> paths = Files.walk(objects)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(
            objects.relativize(path).toString(),
            HexFormat.of().formatHex(Files.readAllBytes(path)));
      }
    }
    return files;
  }

  @Test
  void objectFile_whenWritten_beginsWithTheBytesAndIsTheOwnersAlone() throws IOException {
    try (DirectoryStore store = DirectoryStore.at(root())) {
      store.blocking().put("a/b", utf8("content"), PutOptions.NONE);
    }
    Path file = root().resolve("objects/a/b%o");
    assertThat(Files.readAllBytes(file)).startsWith("content".getBytes(StandardCharsets.UTF_8));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root())))
        .isEqualTo("rwx------");
  }

  @Test
  void anyCall_whenFileIsDamagedAnywhere_isCorruptAndNamesTheKey() throws IOException {
    try (DirectoryStore store = DirectoryStore.at(root())) {
      BlockingObjectStore calls = store.blocking();
      ObjectInfo info =
          calls.put("k/y", utf8("body"), PutOptions.NONE.withMetadata(Map.of("m", "v")));
      calls.put("other", utf8("body"), PutOptions.NONE);
      Path file = root().resolve("objects/k/y%o");
      byte[] good = Files.readAllBytes(file);
      List<byte[]> bad = new ArrayList<>();
      for (int cut = 0; cut < good.length; cut++) {
        bad.add(Arrays.copyOf(good, cut));
      }
      for (int at = 4; at < good.length; at++) {
        for (int bit = 0; bit < 8; bit += 3) {
          byte[] flipped = good.clone();
          flipped[at] ^= (byte) (1 << bit);
          bad.add(flipped);
        }
      }
      bad.add(Arrays.copyOf(good, good.length + 1));
      bad.add(Files.readAllBytes(root().resolve("objects/other%o")));
      bad.add("a foreign file that is long enough for a footer".getBytes(StandardCharsets.UTF_8));
      for (byte[] bytes : bad) {
        Files.write(file, bytes);
        assertCorrupt(() -> calls.read("k/y", 0, 10, Condition.none()));
      }
      assertCorrupt(() -> calls.head("k/y"));
      assertCorrupt(() -> calls.copy("k/y", Condition.none(), "t", PutOptions.NONE));
      assertCorrupt(
          () ->
              calls.put(
                  "k/y", utf8("x"), PutOptions.NONE.withCondition(Condition.matches(info.etag()))));
      assertThat(calls.list(ListRequest.prefix("")).objects())
          .extracting(ObjectInfo::etag)
          .first()
          .isEqualTo(DirectoryStore.DAMAGED);
      assertThat(
              calls
                  .delete(List.of(new DeleteTarget("k/y", Condition.matches(info.etag()))))
                  .get(0)
                  .error())
          .contains(ErrorKind.CORRUPT);
      calls.put("k/y", utf8("whole again"), PutOptions.NONE);
      assertThat(calls.head("k/y").size()).isEqualTo(11);
    }
  }

  @Test
  void copy_whenSourceBytesAreDamaged_isCorrupt() throws IOException {
    try (DirectoryStore store = DirectoryStore.at(root())) {
      BlockingObjectStore calls = store.blocking();
      calls.put("k/y", utf8("body"), PutOptions.NONE);
      Path file = root().resolve("objects/k/y%o");
      byte[] bytes = Files.readAllBytes(file);
      bytes[0] ^= 1;
      Files.write(file, bytes);
      assertCorrupt(() -> calls.copy("k/y", Condition.none(), "t", PutOptions.NONE));
      assertThat(calls.find("t")).isEmpty();
    }
  }

  @Test
  void complete_whenPartIsDamaged_isCorruptAndNothingIsStored() throws IOException {
    Upload upload;
    List<UploadPart> parts;
    try (DirectoryStore before = DirectoryStore.at(root())) {
      BlockingObjectStore calls = before.blocking();
      upload = calls.startUpload("k/y", Map.of());
      parts =
          List.of(
              calls.uploadPart(upload, 1, utf8("0123456789")),
              calls.uploadPart(upload, 2, utf8("abcdefghij")));
    }
    try (DirectoryStore store = DirectoryStore.at(root())) {
      BlockingObjectStore calls = store.blocking();
      Path data = root().resolve("uploads").resolve(upload.id()).resolve("data");
      byte[] bytes = Files.readAllBytes(data);
      bytes[15] ^= 4;
      Files.write(data, bytes);
      assertCorrupt(() -> calls.complete(upload, parts, PutOptions.NONE));
      assertThat(calls.find("k/y")).isEmpty();
    }
  }

  @Test
  void complete_whenPartsCameOneAfterTheOther_readsNoneOfThemAgain() throws IOException {
    try (DirectoryStore store = DirectoryStore.at(root())) {
      BlockingObjectStore calls = store.blocking();
      Upload upload = calls.startUpload("k/y", Map.of());
      List<UploadPart> parts =
          List.of(
              calls.uploadPart(upload, 1, utf8("0123456789")),
              calls.uploadPart(upload, 2, utf8("abcdefghij")),
              calls.uploadPart(upload, 3, utf8("end")));
      // What is spoilt now is not looked at, as a put looks not at what it wrote: readers find it.
      Path data = root().resolve("uploads").resolve(upload.id()).resolve("data");
      byte[] bytes = Files.readAllBytes(data);
      bytes[15] ^= 4;
      Files.write(data, bytes);
      ObjectInfo info = calls.complete(upload, parts, PutOptions.NONE);
      assertThat(info.sha256()).contains(Assembly.sha256(utf8("0123456789abcdefghijend")));
    }
  }

  @Test
  void complete_whenPartsCameInAnyOrderOrAgain_hashesWhatIsStored() throws IOException {
    Random random = new Random(17);
    try (DirectoryStore store = DirectoryStore.at(root())) {
      BlockingObjectStore calls = store.blocking();
      for (int round = 0; round < 40; round++) {
        Upload upload = calls.startUpload("k" + round, Map.of());
        List<Integer> order =
            new ArrayList<>(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
        Collections.shuffle(order, random);
        if (round % 3 == 0) {
          order.add(random.nextInt(14) + 1);
        }
        TreeMap<Integer, UploadPart> parts = new TreeMap<>();
        String[] texts = new String[15];
        for (int number : order) {
          texts[number] = "part-%02d-%05d".formatted(number, random.nextInt(100_000));
          parts.put(number, calls.uploadPart(upload, number, utf8(texts[number])));
        }
        if (round % 5 == 0) {
          parts.remove(14);
          texts[14] = "";
        }
        String whole = String.join("", Arrays.asList(texts).subList(1, 15));
        ObjectInfo info = calls.complete(upload, List.copyOf(parts.values()), PutOptions.NONE);
        assertThat(info.sha256()).as("round %d", round).contains(Assembly.sha256(utf8(whole)));
        assertThat(utf8(whole))
            .isEqualTo(calls.read("k" + round, 0, 1000, Condition.none()).data());
      }
    }
  }

  @Test
  void uploadLog_whenDamagedAnywhere_losesWholeRecordsOrIsCorrupt() throws Exception {
    ByteBuffer start = UploadLog.start("k/y", Map.of("m", "v"));
    UploadLog.Part one = new UploadLog.Part(1, 10, Assembly.sha256(utf8("one")), 7, 0, "");
    UploadLog.Part two =
        new UploadLog.Part(
            2, 11, Assembly.sha256(utf8("two")), 8, UploadLog.ELSEWHERE, "part-2-00ff");
    ByteBuffer log = ByteBuffer.allocate(1000);
    log.put(start).put(UploadLog.part(one)).put(UploadLog.part(two)).flip();
    byte[] good = new byte[log.remaining()];
    log.get(good);
    UploadLog whole = UploadLog.decode(ByteBuffer.wrap(good));
    assertThat(whole.key()).isEqualTo("k/y");
    assertThat(whole.parts().values()).containsExactly(one, two);
    assertThat(whole.length()).isEqualTo(good.length);
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      byte[] bad = good.clone();
      if (i < good.length) {
        bad = Arrays.copyOf(good, i);
      } else {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        UploadLog decoded = UploadLog.decode(ByteBuffer.wrap(bad));
        assertThat(whole.parts().values()).containsAll(decoded.parts().values());
        assertThat(decoded.length()).isLessThan(good.length);
      } catch (ObjectTrailer.DamageException e) {
        assertThat(e).hasMessageContaining("log of its upload");
      }
    }
  }

  @Test
  void trailer_whenBytesAreRandomWithARightChecksum_isDecodedOrRefused() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = new byte[random.nextInt(120)];
      random.nextBytes(body);
      if (body.length > 2) {
        body[0] = 0;
        body[1] = (byte) random.nextInt(20);
      }
      ByteBuffer all = ByteBuffer.allocate(body.length + ObjectTrailer.FOOTER);
      all.put(body).putInt(body.length).putInt(ObjectTrailer.crc32(body, 0, body.length));
      all.putInt(0).put("KmeshObj".getBytes(StandardCharsets.US_ASCII)).flip();
      try {
        ObjectTrailer.decode(all, all.limit());
      } catch (ObjectTrailer.DamageException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void open_whenDirectoryIsNoStore_isRefused() throws IOException {
    Files.createDirectory(root());
    Files.writeString(root().resolve("thesis.txt"), "mine");
    assertThatThrownBy(() -> DirectoryStore.at(root()))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("thesis.txt");
    assertThat(root().resolve("thesis.txt")).exists();
    assertThat(root().resolve("objects")).doesNotExist();
    assertThatThrownBy(() -> DirectoryStore.at(directory.resolve("no/such")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("directory above");
  }

  @Test
  void open_whenFormatIsNewerOrDamaged_isRefused() throws IOException {
    DirectoryStore.at(root()).close();
    Path marker = root().resolve("kmesh-store");
    Files.writeString(marker, "kmesh directory store\nformat 7\n");
    assertThatThrownBy(() -> DirectoryStore.at(root())).hasMessageContaining("format is 7");
    Files.writeString(marker, "kmesh dir");
    assertThatThrownBy(() -> DirectoryStore.at(root()))
        .extracting(e -> ((ProviderException) e).kind())
        .isEqualTo(ErrorKind.CORRUPT);
  }

  @Test
  void list_whenForeignFilesLieAbout_passesThemBy() throws IOException {
    try (DirectoryStore store = DirectoryStore.at(root())) {
      store.blocking().put("a/b", utf8("x"), PutOptions.NONE);
      Path objects = root().resolve("objects");
      Files.writeString(objects.resolve("README"), "foreign");
      Files.writeString(objects.resolve("a/c%2f%o"), "foreign");
      Files.createDirectory(objects.resolve("a/lost found"));
      Files.createDirectories(objects.resolve("e/m/p/t/y"));
      assertThat(store.blocking().list(ListRequest.prefix("")).objects())
          .extracting(ObjectInfo::key)
          .containsExactly("a/b");
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void assertCorrupt(Call call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("k/y")
        .extracting(e -> ((ProviderException) e).kind())
        .isEqualTo(ErrorKind.CORRUPT);
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(
          path -> {
            try {
              Files.copy(path, to.resolve(from.relativize(path).toString()));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
