// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.MirrorComparison;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorTree;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares a tree with a store. */
@Command(
    name = "verify",
    description = {
      "Compares a directory and all below it with what is stored, and changes neither: names, types, permissions,"
          + " owners, times, extended attributes, hard links, and contents by the checksums that the objects carry. What"
          + " differs is named by entry and attribute, and so is what one side has alone.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh mirror verify --deep /lustre/job42 s3://archive/job42",
    })
final class MirrorVerifyCommand extends MirrorWork {
  @Parameters(index = "0", paramLabel = "DIR", description = "The directory.")
  private String tree = "";

  @Parameters(index = "1", paramLabel = "STORE", description = "The store's URL.")
  private String stored = "";

  @Option(
      names = "--deep",
      description = "Reads the bytes of the objects too, and not only their checksums.")
  private boolean isDeep;

  @Option(
      names = "--foreign",
      description = "Compares the objects of other tools too, with what their metadata says.")
  private boolean isForeign;

  @Option(
      names = "--read-released",
      description = {
        "On a Lustre, also reads files that are in an archive only: each is restored by that, and waited for. Without"
            + " it they are compared without their content.",
      })
  private boolean isReadingReleased;

  @Mixin private CacheOptions cache = new CacheOptions();

  @Override
  public Integer call() throws IOException, CommandFailure {
    StoreLocation with = location("compare with", stored);
    Path directory = directory("compare", tree);
    return work(
        "verify",
        directory.toString(),
        with.toString(),
        maker -> {
          try (MirrorSource here =
                  MirrorSource.open(
                      surroundings().lustre(), "compare", directory, isReadingReleased);
              ObjectStore store = openThere("compare with", with)) {
            MirrorTree mirror = cache.applyTo(here.gate(maker.in(store)), with, surroundings());
            if (isDeep) {
              mirror.deep();
            }
            if (isForeign) {
              mirror.foreign();
            }
            return new Compared(
                mirror.verify(here.tree(), here.path()), directory.toString(), with.toString());
          }
        });
  }

  /** What a comparison found. */
  private record Compared(MirrorComparison found, String directory, String store) implements Done {
    @Override
    public long problems() {
      return found.different() + found.onlyInTree() + found.onlyInStore() + found.failedCount();
    }

    @Override
    public Iterable<String> warnings() {
      return found.problems().stream().map(Compared::said).toList();
    }

    @Override
    public ObjectNode json() {
      ObjectNode json = Output.object().put("command", "verify");
      json.put("from", directory).put("to", store);
      json.put("entries", found.entries()).put("equal", found.equal());
      json.put("different", found.different()).put("onlyInTree", found.onlyInTree());
      json.put("onlyInStore", found.onlyInStore()).put("unchecked", found.unchecked());
      json.put("bytes", found.bytes()).put("failed", found.failedCount());
      json.put("problems", problems());
      ArrayNode list = json.putArray("problemList");
      found.problems().forEach(outcome -> list.add(MirrorReportFile.line(outcome)));
      return json;
    }

    @Override
    public String words() {
      StringBuilder words = new StringBuilder("Compared ").append(directory).append(" with ");
      words.append(store).append(": ").append(Output.count(found.entries())).append(" entries, ");
      words.append(Output.size(found.bytes())).append("; ").append(Output.count(found.equal()));
      words.append(" equal, ").append(Output.count(found.different())).append(" different, ");
      words.append(Output.count(found.onlyInTree())).append(" in the directory alone, ");
      words.append(Output.count(found.onlyInStore())).append(" in the store alone");
      if (found.unchecked() > 0) {
        words.append("; the content of ").append(Output.count(found.unchecked()));
        words.append(" could not be compared");
      }
      if (found.failedCount() > 0) {
        words.append("; ").append(Output.count(found.failedCount())).append(" failed");
      }
      return words.append('.').toString();
    }

    private static String said(MirrorOutcome outcome) {
      if (outcome.differences().isEmpty()) {
        return outcome.remedy().isEmpty()
            ? outcome.reason()
            : outcome.reason() + " " + outcome.remedy();
      }
      return outcome.path().map(PathBytes::toString).orElse("")
          + " differs: "
          + outcome.differences().stream()
              .map(d -> d.attribute() + " " + shown(d.tree()) + " here, " + shown(d.store()))
              .collect(Collectors.joining("; ", "", " in the store."));
    }

    private static String shown(String value) {
      return value.isEmpty() ? "none" : value;
    }
  }
}
