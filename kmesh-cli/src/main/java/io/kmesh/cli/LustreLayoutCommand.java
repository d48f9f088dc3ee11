// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.ComponentFlag;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.ForeignLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutOptions;
import io.kmesh.lustre.LayoutText;
import io.kmesh.lustre.StripeObject;
import io.kmesh.lustre.Striping;
import io.kmesh.lustre.jna.JnaLustreFacts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints layouts. */
@Command(
    name = "layout",
    description = {
      "Prints the layout of each file, as lfs getstripe -v does; of a directory what it gives to new files, as"
          + " lfs getstripe -v -d does.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh lustre layout /mnt/lustre/job42/ckpt.100",
      "  eval lfs setstripe \"$(kmesh lustre layout --options /mnt/lustre/job42/ckpt.100)\" /mnt/lustre/new",
    })
final class LustreLayoutCommand extends LustreLookCommand {
  /** Of Lustre 2.17, where a client can't tell it. */
  private static final long USUAL_STRIPE_SIZE = 4L << 20;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = LustreCommand.PATHS)
  private List<String> paths = new ArrayList<>();

  @ArgGroup private Form form = new Form();

  @Option(
      names = {"-d", "--directory"},
      description = "As it is: of a directory its default is printed in any case.")
  @SuppressWarnings("UnusedVariable") // For who is used to lfs.
  private boolean isDirectory;

  /** How it is printed; one of these. */
  static final class Form {
    @Option(
        names = {"-y", "--yaml"},
        description = "As lfs getstripe -v -y does.")
    private boolean isYaml;

    @Option(
        names = "--options",
        description =
            "As options of lfs setstripe (lfs mirror create for mirrors) that ask for it.")
    private boolean isOptions;
  }

  @Override
  public Integer call() throws IOException, CommandFailure {
    return withMounts(mounts -> each("path", paths, word -> look(mounts.at(word), word)));
  }

  private void look(LustreMounts.Place place, String word) throws IOException, CommandFailure {
    LustreBinding binding = place.binding();
    Fid fid = binding.identity().fid(place.below());
    boolean isFolder = binding.tree().stat(place.below()).isDirectory();
    boolean isInheriting = false;
    Optional<FileLayout> layout;
    if (isFolder) {
      layout = ofDirectory(binding, fid);
      if (layout.isEmpty()) {
        isInheriting = true;
        layout = ofDirectory(binding, binding.identity().fid(PathBytes.EMPTY));
      }
    } else {
      layout = ofFile(place, fid);
    }
    ObjectNode json = LustreCommand.named(word).put("fid", fid.toString());
    if (isFolder) {
      json.put("inherited", isInheriting);
    }
    if (layout.isEmpty()) {
      json(json);
      print(LayoutText.none(PathBytes.of(word).toString()));
      return;
    }
    json(isJson() ? put(json, layout.get()) : json);
    if (form.isOptions) {
      say(String.join(" ", options(layout.get())));
      return;
    }
    LayoutText.Kind kind =
        isInheriting
            ? LayoutText.Kind.INHERITING
            : isFolder ? LayoutText.Kind.DIRECTORY : LayoutText.Kind.FILE;
    LayoutText.About about =
        new LayoutText.About(
            PathBytes.of(word).toString(),
            fid,
            kind,
            binding.identity().mdt(fid),
            JnaLustreFacts.defaultStripeSize(
                    surroundings().lustre().root(), binding.identity().fileSystemName())
                .orElse(USUAL_STRIPE_SIZE),
            ZoneId.systemDefault());
    print(
        form.isYaml
            ? LayoutText.yaml(layout.get(), about)
            : LayoutText.verbose(layout.get(), about));
  }

  private void print(String lines) {
    if (!isJson()) {
      surroundings().out().print(lines);
    }
  }

  private static Optional<FileLayout> ofDirectory(LustreBinding binding, Fid fid)
      throws IOException {
    Optional<Layout> layout = binding.layouts().directoryDefault(fid);
    return layout.map(FileLayout::of);
  }

  private static Optional<FileLayout> ofFile(LustreMounts.Place place, Fid fid) throws IOException {
    try {
      return Optional.of(FileQuestions.layout(place, fid));
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.ENODATA::equals).isPresent()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static List<String> options(FileLayout layout) throws CommandFailure {
    try {
      return LayoutOptions.print(layout);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.FAILED, e);
    }
  }

  private static ObjectNode put(ObjectNode json, FileLayout layout) {
    json.put("composite", layout.form() == FileLayout.Form.COMPOSITE);
    json.put("released", layout.isReleased());
    json.put("mirrors", layout.mirrorCount());
    if (layout.mirrorCount() > 1) {
      json.put("mirrorState", layout.mirrorState().name());
    }
    ArrayNode components = json.putArray("components");
    layout.components().forEach(c -> put(components.addObject(), c));
    try {
      ArrayNode options = json.putArray("options");
      LayoutOptions.print(layout).forEach(options::add);
    } catch (IllegalArgumentException e) {
      json.remove("options"); // nothing asks for such a one
    }
    return json;
  }

  private static void put(ObjectNode json, FileComponent c) {
    if (c.id() != 0) {
      json.put("id", Integer.toUnsignedLong(c.id())).put("mirror", c.mirrorId());
    }
    json.put("start", c.start());
    if (c.end() != FileComponent.TO_EOF) {
      json.put("end", c.end());
    }
    json.put("flags", ComponentFlag.print(c.flags()));
    if (c.content() instanceof ForeignLayout foreign) {
      json.putObject("foreign")
          .put("type", foreign.typeName())
          .put("flags", foreign.flags())
          .put("value", foreign.value());
    } else if (c.content() instanceof Striping striping) {
      json.put("pattern", Integer.toUnsignedLong(striping.pattern()));
      json.put("stripeCount", striping.stripeCount()).put("stripeSize", striping.stripeSize());
      if (striping.poolOrNull() != null) {
        json.put("pool", striping.poolOrNull());
      }
      ArrayNode objects = json.putArray("objects");
      for (StripeObject object : striping.objects()) {
        objects
            .addObject()
            .put("ost", Integer.toUnsignedLong(object.ost()))
            .put("fid", object.fid().toString());
      }
    }
  }
}
