// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.Striping;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells all that Lustre knows of a file. */
@Command(
    name = "stat",
    description = {
      "Tells of each path what stat does, and its FID, MDT, project, HSM state, layout and data version. What this"
          + " process may not ask is named and left out.",
    },
    footer = {"", "Example:", "  kmesh lustre stat /mnt/lustre/job42/ckpt.100"})
final class LustreStatCommand extends LustreLookCommand {
  @Parameters(arity = "1..*", paramLabel = "PATH", description = LustreCommand.PATHS)
  private List<String> paths = new ArrayList<>();

  /** One answer of many. */
  @FunctionalInterface
  private interface Question {
    String answer() throws IOException;
  }

  @Override
  public Integer call() throws IOException, CommandFailure {
    return withMounts(mounts -> each("path", paths, word -> look(mounts.at(word), word)));
  }

  private void look(LustreMounts.Place place, String word) throws IOException {
    LustreBinding binding = place.binding();
    Fid fid = binding.identity().fid(place.below());
    ObjectNode json = LustreCommand.named(word);
    json.put("mount", place.mount().toString()).put("fid", fid.toString());
    say("File:          " + PathBytes.of(word));
    say("FID:           " + fid);
    FileStat stat = binding.tree().stat(place.below());
    put(json, stat);
    ask(
        json,
        "mdt",
        "MDT:           ",
        () -> {
          int mdt = binding.identity().mdt(fid);
          json.put("mdt", mdt);
          return Integer.toString(mdt);
        });
    ask(
        json,
        "project",
        "Project:       ",
        () -> {
          long project = binding.identity().project(fid);
          json.put("project", project);
          return Long.toString(project);
        });
    if (stat.isRegular()) {
      file(place, fid, json);
    } else if (stat.isDirectory()) {
      ask(
          json,
          "defaultLayout",
          "Default:       ",
          () -> {
            Optional<Layout> layout = binding.layouts().directoryDefault(fid);
            Optional<String> text = layout.map(l -> text(FileLayout.of(l)));
            text.ifPresent(t -> json.put("defaultLayout", t));
            return text.orElse("the file system's");
          });
    }
    json(json);
  }

  private void put(ObjectNode json, FileStat stat) {
    String mode = String.format(Locale.ROOT, "%04o", stat.mode());
    json.put("type", Output.type(stat.type())).put("mode", mode);
    json.put("uid", stat.uid()).put("gid", stat.gid()).put("size", stat.size());
    json.put("blocks", stat.blocks()).put("links", stat.links()).put("inode", stat.inode());
    json.put("atime", stat.atime().toInstant().toString());
    json.put("mtime", stat.mtime().toInstant().toString());
    json.put("ctime", stat.ctime().toInstant().toString());
    say("Type:          " + Output.type(stat.type()) + ", " + stat.links() + " links");
    say("Mode:          " + mode + ", uid " + stat.uid() + ", gid " + stat.gid());
    say("Size:          " + stat.size() + " bytes, " + stat.blocks() + " blocks of 512 bytes");
    say("Modified:      " + stat.mtime().toInstant());
  }

  private void file(LustreMounts.Place place, Fid fid, ObjectNode json) {
    ask(
        json,
        "hsm",
        "HSM:           ",
        () -> {
          HsmState state = FileQuestions.hsm(place, fid);
          LustreCommand.put(json.putObject("hsm"), state);
          return state.toString();
        });
    ask(
        json,
        "layout",
        "Layout:        ",
        () -> {
          String layout = text(FileQuestions.layout(place, fid));
          json.put("layout", layout);
          return layout;
        });
    ask(
        json,
        "dataVersion",
        "Data version:  ",
        () -> {
          CurrentAction action = action(place.binding(), fid);
          if (action.action().filter(kind -> kind == HsmActionKind.RESTORE).isPresent()) {
            // The question would wait for the restore.
            return "not asked: " + LustreCommand.text(action);
          }
          long version = FileQuestions.dataVersion(place, fid);
          json.put("dataVersion", version);
          return Long.toUnsignedString(version);
        });
  }

  /** Who may not ask for it is told the data version nevertheless, after a restore at worst. */
  private static CurrentAction action(LustreBinding binding, Fid fid) throws IOException {
    return binding.capabilities().contains(LustreCapability.OPEN_BY_FID)
        ? binding.hsm().currentAction(fid)
        : CurrentAction.IDLE;
  }

  /** Asks, and says so when there is no answer: the other answers are worth something too. */
  private void ask(ObjectNode json, String field, String label, Question question) {
    try {
      say(label + question.answer());
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.toString() : e.getMessage();
      say(label + "? " + why);
      ObjectNode unknown =
          json.get("unknown") instanceof ObjectNode o ? o : json.putObject("unknown");
      unknown.put(field, (e instanceof ProviderException p ? p.kind() + ": " : "") + why);
    }
  }

  /** A layout in a line: each component's end, pattern, stripes and pool. */
  static String text(FileLayout layout) {
    List<String> parts = new ArrayList<>();
    boolean isComposite = layout.form() == FileLayout.Form.COMPOSITE;
    for (FileComponent c : layout.components()) {
      String range = "";
      if (isComposite) {
        range = c.end() == FileComponent.TO_EOF ? "to EOF: " : "to " + Output.size(c.end()) + ": ";
      }
      parts.add(range + c.striping().map(LustreStatCommand::text).orElse("foreign"));
    }
    return (layout.mirrorCount() > 1 ? layout.mirrorCount() + " mirrors; " : "")
        + String.join("; ", parts)
        + (layout.isReleased() ? "; released" : "");
  }

  private static String text(Striping striping) {
    int pattern = striping.pattern();
    if ((pattern & Striping.MDT) != 0) {
      return "mdt, stripe_size " + striping.stripeSize();
    }
    return ((pattern & Striping.OVERSTRIPING) != 0 ? "raid0,overstriped" : "raid0")
        + ", stripe_count "
        + striping.stripeCount()
        + (striping.stripeSize() == 0 ? "" : ", stripe_size " + striping.stripeSize())
        + (striping.poolOrNull() == null ? "" : ", pool " + striping.poolOrNull());
  }
}
