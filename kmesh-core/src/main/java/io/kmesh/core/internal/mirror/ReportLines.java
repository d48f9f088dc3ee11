// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.Difference;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorReportReader.Copied;
import io.kmesh.engine.MirrorReportReader.Entry;
import io.kmesh.engine.MirrorReportReader.Head;
import io.kmesh.engine.MirrorReportReader.State;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lines of a report of a mirror command: docs/format/mirror-report.md. Not thread-safe. */
public final class ReportLines implements Closeable {
  static final String FORMAT = "kmesh-mirror-report";
  static final int VERSION = 0;

  /** Far more than the longest path, key and sentences take. */
  static final int LONGEST = 4 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Map<String, What> WORDS = words();

  private final InputStream in;
  private final String name;
  private long number;

  /**
   * A line after the first one; with neither it is one that this build does not know.
   *
   * @param entryOrNull what became of an entry
   * @param endOrNull how the command ended
   */
  public record Line(@Nullable Entry entryOrNull, @Nullable Ended endOrNull) {}

  /** What the last line says. */
  public record Ended(State state, long bytes, Map<String, Long> counts) {
    /** Copies the map. */
    public Ended {
      counts = Map.copyOf(counts);
    }
  }

  /** The lines of a stream, which is closed with it. */
  public ReportLines(InputStream in, String name) {
    this.in = new BufferedInputStream(in);
    this.name = name;
  }

  private static Map<String, What> words() {
    Map<String, What> words = new HashMap<>();
    for (What what : What.values()) {
      words.put(what.word(), what);
    }
    return words;
  }

  /** The next whole line's bytes; null after the last one, be it whole or not. */
  private byte @Nullable [] line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b == '\n') {
        number++;
        return line.toByteArray();
      }
      if (line.size() == LONGEST) {
        number++;
        throw corrupt("it has more than " + LONGEST + " bytes", null);
      }
      line.write(b);
    }
    return null;
  }

  /** The first line. */
  public Head head() throws IOException {
    byte[] line = line();
    if (line == null) {
      number = 1;
      throw corrupt("it is not whole: the command was killed before it began", null);
    }
    JsonNode json = json(line);
    if (!json.path("format").asText().equals(FORMAT)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the report "
              + name
              + ": its first line is not that of a report of a mirror command. Name a file that"
              + " --report wrote.");
    }
    JsonNode version = json.path("version");
    if (!version.isInt() || version.intValue() != VERSION) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the report "
              + name
              + ": it has version "
              + version
              + ", this build knows "
              + VERSION
              + ". Use the Kmesh release that wrote it.");
    }
    return read(
        () ->
            new Head(
                text(json, "command"),
                text(json, "from"),
                text(json, "to"),
                Instant.parse(text(json, "begun"))));
  }

  /** The next line; empty at the end of the file, and where the last line is not whole. */
  public Optional<Line> next() throws IOException {
    byte[] line = line();
    if (line == null) {
      return Optional.empty();
    }
    JsonNode json = json(line);
    return Optional.of(
        read(
            () -> {
              String word = text(json, "what");
              if (word.equals("end")) {
                return new Line(null, ended(json));
              }
              What what = WORDS.get(word);
              return new Line(what == null ? null : entry(what, json), null);
            }));
  }

  /**
   * Checks that the last line counts what was read, and that nothing follows it.
   *
   * @return how the command ended
   */
  public State requireEnd(Ended ended, long bytes, Map<What, Long> counts) throws IOException {
    Map<What, Long> said = new EnumMap<>(What.class);
    ended.counts.forEach(
        (word, count) -> {
          What what = WORDS.get(word);
          if (what != null && count > 0) {
            said.put(what, count);
          }
        });
    if (!said.equals(counts) || ended.bytes != bytes) {
      throw corrupt(
          "it counts "
              + said
              + " and "
              + ended.bytes
              + " bytes, the lines before it are "
              + counts
              + " and "
              + bytes,
          null);
    }
    if (in.read() >= 0) {
      number++;
      throw corrupt("it follows the last one", null);
    }
    return ended.state;
  }

  private static Ended ended(JsonNode json) {
    State state =
        switch (text(json, "state")) {
          case "done" -> State.DONE;
          case "interrupted" -> State.INTERRUPTED;
          case "failed" -> State.FAILED;
          default -> throw new IllegalArgumentException("its state is not known");
        };
    JsonNode counts = json.path("counts");
    require(counts.isObject(), "counts");
    Map<String, Long> read = new HashMap<>();
    counts.fieldNames().forEachRemaining(word -> read.put(word, number(counts, word)));
    return new Ended(state, number(json, "bytes"), read);
  }

  private static Entry entry(What what, JsonNode json) {
    MirrorOutcome outcome =
        new MirrorOutcome(
            what,
            path(json),
            optional(json, "key"),
            json.has("bytes") ? number(json, "bytes") : 0,
            optional(json, "reason"),
            optional(json, "remedy"),
            list(
                json,
                "differences",
                d ->
                    new Difference(
                        text(d, "attribute"), optional(d, "tree"), optional(d, "store"))));
    Copied copied =
        switch (optional(json, "by")) {
          case "store" -> Copied.BY_STORE;
          case "here" -> Copied.HERE;
          default -> Copied.NOT_SAID;
        };
    List<String> losses =
        list(
            json,
            "losses",
            loss -> {
              require(loss.isTextual(), "losses");
              return loss.textValue();
            });
    return new Entry(outcome, optional(json, "target"), copied, losses);
  }

  private static @Nullable PathBytes path(JsonNode json) {
    if (json.has("pathBase64")) {
      return PathBytes.of(Base64.getDecoder().decode(text(json, "pathBase64")));
    }
    return json.has("path") ? PathBytes.of(text(json, "path")) : null;
  }

  private static <T> List<T> list(JsonNode json, String member, Function<JsonNode, T> reader) {
    List<T> read = new ArrayList<>();
    if (json.has(member)) {
      JsonNode list = json.get(member);
      require(list.isArray(), member);
      list.forEach(one -> read.add(reader.apply(one)));
    }
    return read;
  }

  private static String optional(JsonNode json, String member) {
    return json.has(member) ? text(json, member) : "";
  }

  private static String text(JsonNode json, String member) {
    JsonNode value = json.path(member);
    require(value.isTextual(), member);
    return value.textValue();
  }

  private static long number(JsonNode json, String member) {
    JsonNode value = json.path(member);
    require(value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0, member);
    return value.longValue();
  }

  private static void require(boolean isGood, String member) {
    if (!isGood) {
      throw new IllegalArgumentException("its member \"" + member + "\" is missing or of no use");
    }
  }

  private JsonNode json(byte[] line) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw corrupt(e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw corrupt(String.valueOf(e.getMessage()), e); // bytes that are no text
    }
    if (json == null || !json.isObject()) {
      throw corrupt("it is no JSON object", null);
    }
    return json;
  }

  private <T> T read(Supplier<T> members) throws ProviderException {
    try {
      return members.get();
    } catch (IllegalArgumentException | DateTimeException e) {
      throw corrupt(String.valueOf(e.getMessage()), e);
    }
  }

  private ProviderException corrupt(String reason, @Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the report "
            + name
            + ": line "
            + number
            + " is damaged: "
            + reason
            + ". Repeat the command that wrote it: what is there is not sent again.",
        cause);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
