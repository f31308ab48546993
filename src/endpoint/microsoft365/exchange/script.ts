/**
 * What PowerShell runs: it takes a line of JSON with how to connect, and then a line for each cmdlet; each is answered by a line. Cmdlets
 * are called by their name with parameters as data (splatting), so that no text of ours is ever read as PowerShell.
 */
export const script = String.raw`
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$utf8 = [System.Text.UTF8Encoding]::new($false)
$reader = [System.IO.StreamReader]::new([Console]::OpenStandardInput(), $utf8)
$writer = [System.IO.StreamWriter]::new([Console]::OpenStandardOutput(), $utf8)
$writer.AutoFlush = $true
function Say($answer) { $writer.WriteLine((ConvertTo-Json -InputObject $answer -Depth 5 -Compress)) }
$how = $reader.ReadLine() | ConvertFrom-Json -AsHashtable
try {
  Import-Module ExchangeOnlineManagement
  $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem($how.certificate, $how.privateKey)
  $with = @{ Certificate = $certificate; AppId = $how.appId; Organization = $how.organization; CommandName = $how.commands; ShowBanner = $false }
  Connect-ExchangeOnline @with | Out-Null
} catch {
  Say @{ id = 0; error = "$($_.Exception.Message)" }
  exit 1
}
Say @{ id = 0; value = @() }
while ($null -ne ($line = $reader.ReadLine())) {
  $asked = $line | ConvertFrom-Json -AsHashtable
  $parameters = $asked.parameters
  try {
    $rows = @(& $asked.name @parameters | Select-Object -Property $asked.properties)
    Say @{ id = $asked.id; value = $rows }
  } catch {
    Say @{ id = $asked.id; error = "$($_.FullyQualifiedErrorId) $($_.Exception.Message)" }
  }
}
Disconnect-ExchangeOnline -Confirm:$false | Out-Null
`;
