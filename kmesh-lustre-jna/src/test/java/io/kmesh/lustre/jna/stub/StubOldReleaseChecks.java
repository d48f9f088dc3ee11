// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The binding over a library that lacks {@link #OMITTED}: each costs its capability and no other.
 * Run by {@link StubbedLustreContractTest}.
 */
class StubOldReleaseChecks {
  /** Functions that 2.12 lacks, and two more. */
  static final String[] OMITTED = {
    "llapi_fid_parse",
    "llapi_search_mdt",
    "llapi_fid2path_at",
    "llapi_group_lock64",
    "llapi_group_unlock64",
    "llapi_heat_get",
    "llapi_heat_set",
    "llapi_pcc_state_get_fd",
    "llapi_hsm_data_version_set",
    "llapi_open_by_fid_at",
    "llapi_root_path_open",
    "llapi_rmfid_at",
    "llapi_lmv_get_uuids",
    "llapi_get_fsname",
    "llapi_get_instance",
    "llapi_get_fsname_instance",
    "llapi_quotactl",
    "llapi_ladvise",
  };

  @TempDir Path directory;
  private final StubMount mount = new StubMount();

  private static void refused(String function, ThrowingCallable call) {
    ProviderException e = catchThrowableOfType(ProviderException.class, call);
    assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(e.getMessage()).startsWith("Cannot ").contains(function);
  }

  @Test
  void missingFunctions_costTheirCapabilityOnly() throws IOException {
    try (LustreBinding lustre = mount.open(directory)) {
      assertThat(lustre.capabilities())
          .doesNotContain(
              LustreCapability.HEAT,
              LustreCapability.PCC,
              LustreCapability.QUOTA,
              LustreCapability.ADVICE)
          .contains(
              LustreCapability.HSM,
              LustreCapability.COPYTOOL,
              LustreCapability.IMPORT,
              LustreCapability.LAYOUTS,
              LustreCapability.MIGRATE,
              LustreCapability.CHANGELOGS,
              LustreCapability.OPEN_BY_FID,
              LustreCapability.USAGE,
              LustreCapability.GROUP_LOCK,
              LustreCapability.LEASE);
      assertThat(JnaLustre.missingFunctions().toString())
          .contains("llapi_heat_get", "llapi_quotactl", "llapi_ladvise", "llapi_pcc_state_get_fd");
      Fid fid = lustre.layouts().createFile(PathBytes.of("file"), 0600, Layout.plain(1));
      assertThat(lustre.hsm().state(fid)).isEqualTo(HsmState.NONE);
      assertThat(lustre.identity().paths(fid)).containsExactly(PathBytes.of("file"));
      assertThat(lustre.identity().mdts()).containsExactly(0, 1);
      refused("llapi_quotactl", () -> lustre.usage().quota(QuotaKind.USER, 0));
      try (PosixFile file = lustre.tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
        refused("llapi_heat_get", () -> lustre.openFiles().heat(file));
        refused("llapi_pcc_state_get_fd", () -> lustre.openFiles().pccState(file));
      }
    }
    assertThat(mount.stub().openHandles()).isZero();
  }
}
