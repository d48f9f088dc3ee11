// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import java.time.Instant;

/**
 * A token for Azure Storage.
 *
 * @param value what is sent
 * @param expires when the service refuses it
 */
public record AccessToken(Secret value, Instant expires) {}
